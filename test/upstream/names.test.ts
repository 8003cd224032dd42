import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { test } from 'node:test'
import { createNames, type Resolve } from '../../src/upstream/names.ts'
import { FakeClock } from '../helpers/clock.ts'

type Answer = Parameters<Resolve>[1]

/** A name server that answers when the test says so, and a lookup that asks it. */
function nameServer () {
  const asked: string[] = []
  const answers: Answer[] = []
  const clock = new FakeClock()
  const { lookup, watch } = createNames({ clock, patienceMs: 200, resolve: (host, done) => { asked.push(host); answers.push(done) } })
  /** What the lookups of one host have come to, in order. */
  function start (host: string): string[] {
    const results: string[] = []
    lookup(host, { all: true }, (error, addresses) => {
      results.push(error?.code ?? (addresses as LookupAddress[]).map(({ address }) => address).join())
    })
    return results
  }
  function answer (...addresses: string[]): void {
    answers.shift()?.(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
  }
  function refuse (code: string): void { answers.shift()?.(Object.assign(new Error(code), { code }), []) }
  return { lookup, watch, clock, asked, start, answer, refuse }
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

test('each address of a family comes first in its turn, and the families keep their places', () => {
  const { start, answer } = nameServer()
  const addresses = ['::1', '10.0.0.1', '10.0.0.2', '10.0.0.3']
  const results = [1, 2, 3, 4].flatMap(() => {
    const result = start('a')
    answer(...addresses)
    return result
  })
  assert.deepEqual(results, [
    '::1,10.0.0.1,10.0.0.2,10.0.0.3', '::1,10.0.0.2,10.0.0.3,10.0.0.1', '::1,10.0.0.3,10.0.0.1,10.0.0.2', '::1,10.0.0.1,10.0.0.2,10.0.0.3'
  ])
})

test('a host that is watched is asked every 5 s, and what has changed is told', () => {
  const { watch, clock, asked, start, answer, refuse } = nameServer()
  const told: string[] = []
  start('a')
  answer('10.0.0.1', '10.0.0.2')
  const unwatch = watch('a', (addresses) => { told.push([...addresses].join()) })
  const ends = [unwatch, watch('a', () => {})]
  clock.advance(5000)
  answer('10.0.0.2', '10.0.0.1')
  assert.deepEqual(told, [], 'another order is no change')
  clock.advance(5000)
  answer('10.0.0.9')
  clock.advance(5000)
  refuse('ENOTFOUND')
  assert.deepEqual(told, ['10.0.0.9'], 'no address is no news: what is connected may be the last that works')
  clock.advance(15_000)
  assert.equal(asked.length, 5, 'no second question while one is not answered')
  for (const end of ends) end()
  unwatch()
  answer('10.0.0.10')
  clock.advance(60_000)
  assert.deepEqual([told.length, asked.length, clock.nextInMs()], [1, 5, undefined])
})
