import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leastConnections } from '../../src/balancing/least-connections.ts'
import { FakeClock } from '../helpers/clock.ts'
import { fc } from '../helpers/property.ts'
import { backendsOf, changeLoad, seededRandom, type TestBackend } from './pool.ts'

const create = (random: () => number = () => 0) => leastConnections({ clock: new FakeClock(), random })

/** What should be picked, by looking at everything: the least loaded, and of those the one that was not picked for the longest time. */
class Model {
  readonly #pickedAt = new Map<TestBackend, number>()
  #picks = 0

  best (backends: readonly TestBackend[]): TestBackend[] {
    const least = Math.min(...backends.map(load))
    const idlest = backends.filter((backend) => load(backend) === least)
    const oldest = Math.min(...idlest.map((backend) => this.#lastPick(backend)))
    return idlest.filter((backend) => this.#lastPick(backend) === oldest)
  }

  picked (backend: TestBackend): void {
    this.#pickedAt.set(backend, this.#picks++)
  }

  #lastPick (backend: TestBackend): number {
    return this.#pickedAt.get(backend) ?? -1
  }
}

function load ({ inFlight, effectiveWeight }: TestBackend): number {
  return (inFlight + 1) / effectiveWeight
}

test('the least loaded backend is picked, whatever comes, goes, joins and leaves', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7]
  const steps = fc.array(fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('pick' as const) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), index: fc.nat(7) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('among' as const), members: fc.subarray(all, { minLength: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('rotate' as const), members: fc.subarray(all, { minLength: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('share' as const), index: fc.nat(7), share: fc.integer({ min: 1, max: 5 }) }) }
  ), { maxLength: 200 })
  const weightLists = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 8, maxLength: 8 })

  fc.assert(fc.property(fc.nat(), weightLists, steps, (seed, weights, steps) => {
    const balancer = create(seededRandom(seed))
    const model = new Model()
    const backends = backendsOf(weights)
    let rotation = backends

    function take (from: readonly TestBackend[], picked: TestBackend): void {
      const best = model.best(from)
      assert.ok(best.includes(picked), `${picked.name} instead of ${best.map(({ name }) => name)}`)
      model.picked(picked)
      changeLoad(balancer, picked, 1)
    }

    for (const step of steps) {
      switch (step.kind) {
        case 'pick':
          take(rotation, balancer.pick(rotation, '') as TestBackend)
          break
        case 'among': {
          const candidates = step.members.map((i) => backends[i]!)
          take(candidates, balancer.pickAmong!(candidates, '') as TestBackend)
          break
        }
        case 'settle':
          if (backends[step.index]!.inFlight > 0) changeLoad(balancer, backends[step.index]!, -1)
          break
        case 'rotate':
          rotation = step.members.map((i) => backends[i]!)
          break
        case 'share':
          backends[step.index]!.effectiveWeight = step.share
          rotation = [...rotation]
          break
        default:
          step satisfies never
      }
    }
  }), { numRuns: 300 })
})

test('idle backends of equal weight take turns', () => {
  const rotation = backendsOf([1, 1, 1])
  const balancer = create()
  assert.deepEqual(Array.from({ length: 6 }, () => balancer.pick(rotation, '').name), ['b0', 'b1', 'b2', 'b0', 'b1', 'b2'])
})

test('not every gateway begins with the same backend', () => {
  assert.deepEqual([0, 0.4, 0.9].map((random) => create(() => random).pick(backendsOf([1, 1, 1]), '').name), ['b0', 'b1', 'b2'])
})

test('a backend that hangs gets no more requests than it can hold open', () => {
  const rotation = backendsOf([1, 1, 1])
  const balancer = create()
  let toHanging = 0
  for (let i = 0; i < 100; i++) {
    const picked = balancer.pick(rotation, '')
    changeLoad(balancer, picked, 1)
    if (picked === rotation[0]) toHanging++
    else changeLoad(balancer, picked, -1)
  }
  assert.equal(toHanging, 1)
})
