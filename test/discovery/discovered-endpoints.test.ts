import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DiscoveredEndpoints } from '../../src/discovery/discovered-endpoints.ts'
import type { Endpoint, SourceListener } from '../../src/discovery/source.ts'
import { FakeClock } from '../helpers/clock.ts'

const at = (host: string): Endpoint => ({ host, port: 80, weight: 1, isBackup: false })

function start (...known: string[]) {
  const clock = new FakeClock()
  const passing = new Set<string>()
  const told: string[] = []
  let listener: SourceListener | undefined
  let isEnded = false
  const discovered = new DiscoveredEndpoints({
    source: {
      description: 'a test',
      watch (each) {
        listener = each
        return () => { isEnded = true }
      }
    },
    known: known.map(at),
    clock,
    isPassing: ({ host }) => passing.has(host),
    onEndpoints: (endpoints) => { told.push(endpoints.map(({ host }) => host).join()) },
    onProblem: (why) => { told.push(why ?? 'well again') }
  })
  const says = (...hosts: string[]): void => listener?.onSnapshot(hosts.map(at))
  const fails = (why: string): void => listener?.onProblem(why)
  const hosts = (): string => discovered.endpoints.map(({ host }) => host).join()
  return { clock, passing, told, discovered, says, fails, hosts, isEnded: () => isEnded }
}

test('a snapshot takes the place of the one before', () => {
  const { says, told, hosts } = start('a')
  assert.equal(hosts(), 'a')
  says('a', 'b')
  says('b')
  assert.deepEqual([told, hosts()], [['a,b', 'b'], 'b'])
})

test('a failure changes nothing, however long it lasts, and is told once', () => {
  const { clock, says, fails, told, hosts, discovered } = start()
  says('a')
  for (const why of ['SERVFAIL', 'no answer', 'SERVFAIL']) {
    fails(why)
    clock.advance(3_600_000)
  }
  assert.deepEqual([hosts(), discovered.problem, discovered.ageMs], ['a', 'SERVFAIL', 3 * 3_600_000])
  says('b')
  assert.deepEqual([told, discovered.problem, discovered.ageMs], [['a', 'SERVFAIL', 'well again', 'b'], null, 0])
})

test('an empty answer is believed after 10 s', () => {
  const { clock, says, hosts } = start()
  says('a', 'b')
  says()
  clock.advance(9999)
  says()
  assert.equal(hosts(), 'a,b')
  clock.advance(1)
  says()
  assert.equal(hosts(), '')
})

test('an answer in between, or a failure, begins the doubt anew or leaves it', () => {
  const { clock, says, fails, hosts } = start()
  says('a')
  says()
  clock.advance(6000)
  says('a')
  says()
  clock.advance(6000)
  says()
  assert.equal(hosts(), 'a', 'that was 6 s only')
  fails('SERVFAIL')
  clock.advance(4000)
  says()
  assert.equal(hosts(), '')
})

test('an empty answer never drops what passes the checks of the gateway', () => {
  const { clock, passing, says, hosts } = start('a', 'b')
  passing.add('b')
  says()
  clock.advance(10_000)
  says()
  assert.equal(hosts(), 'b')
  clock.advance(3_600_000)
  says()
  assert.equal(hosts(), 'b')
  passing.clear()
  says()
  assert.equal(hosts(), '')
})

test('the first answer or failure is waited for', async () => {
  for (const first of ['says', 'fails'] as const) {
    const started = start()
    started[first]('a')
    await started.discovered.answered
  }
  const { discovered, isEnded } = start()
  discovered.end()
  await discovered.answered
  assert.equal(isEnded(), true)
})
