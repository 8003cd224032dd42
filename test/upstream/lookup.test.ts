import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { test } from 'node:test'
import { createLookup, type Resolve } from '../../src/upstream/lookup.ts'
import { FakeClock } from '../helpers/clock.ts'

type Answer = Parameters<Resolve>[1]

/** A name server that answers when the test says so, and a lookup that asks it. */
function nameServer () {
  const asked: string[] = []
  const answers: Answer[] = []
  const clock = new FakeClock()
  const lookup = createLookup({ clock, patienceMs: 200, resolve: (host, done) => { asked.push(host); answers.push(done) } })
  /** What the lookups of one host have come to, in order. */
  function start (host: string): string[] {
    const results: string[] = []
    lookup(host, { all: true }, (error, addresses) => {
      results.push(error?.code ?? (addresses as LookupAddress[]).map(({ address }) => address).join())
    })
    return results
  }
  function answer (address: string): void { answers.shift()?.(null, [{ address, family: 4 }]) }
  function refuse (code: string): void { answers.shift()?.(Object.assign(new Error(code), { code }), []) }
  return { lookup, clock, asked, start, answer, refuse }
}

test('lookups of one host share one question, those of another host ask their own', () => {
  const { asked, start, answer } = nameServer()
  const results = [start('a'), start('a'), start('b')]
  assert.deepEqual(asked, ['a', 'b'])
  answer('10.0.0.1')
  answer('10.0.0.2')
  assert.deepEqual(results, [['10.0.0.1'], ['10.0.0.1'], ['10.0.0.2']])
})

test('a finished lookup is asked anew, so that a host may move', () => {
  const { start, answer } = nameServer()
  start('a')
  answer('10.0.0.1')
  const second = start('a')
  answer('10.0.0.9')
  assert.deepEqual(second, ['10.0.0.9'])
})

test('a host with an address keeps it while the name server does not answer', () => {
  const { clock, asked, start, answer } = nameServer()
  start('a')
  answer('10.0.0.1')
  const slow = start('a')
  clock.advance(199)
  assert.deepEqual(slow, [])
  clock.advance(1)
  assert.deepEqual(slow, ['10.0.0.1'])
  assert.deepEqual(start('a'), ['10.0.0.1'], 'after that nobody waits any more')
  assert.deepEqual(asked, ['a', 'a'])
  answer('10.0.0.9')
  assert.deepEqual(slow, ['10.0.0.1'], 'a late answer is not given twice')
})

test('a host without an address waits for the name server and learns its error', () => {
  const { clock, start, refuse } = nameServer()
  const results = start('a')
  clock.advance(10_000)
  assert.deepEqual(results, [])
  refuse('EAI_AGAIN')
  assert.deepEqual(results, ['EAI_AGAIN'])
})

test('"try again" leaves a host its address, "not found" takes it away', () => {
  const { start, answer, refuse } = nameServer()
  start('a')
  answer('10.0.0.1')
  const second = start('a')
  refuse('EAI_AGAIN')
  const third = start('a')
  refuse('ENOTFOUND')
  const fourth = start('a')
  refuse('EAI_AGAIN')
  assert.deepEqual([second, third, fourth], [['10.0.0.1'], ['ENOTFOUND'], ['EAI_AGAIN']])
})

test('a caller that wants one address gets the first', () => {
  const { lookup, answer } = nameServer()
  const results: unknown[] = []
  lookup('a', {}, (error, address, family) => { results.push(error, address, family) })
  answer('10.0.0.1')
  assert.deepEqual(results, [null, '10.0.0.1', 4])
})
