import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Balancer, Candidate } from '../../src/balancing/balancer.ts'
import { strategies } from '../../src/balancing/strategies.ts'
import { FakeClock } from '../helpers/clock.ts'
import { fc } from '../helpers/property.ts'
import { backendsOf, changeLoad, countAttempts, seededRandom, settleAll, sum } from './pool.ts'

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const weightLists = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 })
const fullWeights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 6, maxLength: 6 })
const someOfSix = fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 })

/** Five standard deviations of a fair draw, and a little for what is rounded. */
function assertByShare (counts: readonly number[], shares: readonly number[]): void {
  for (const [i, share] of shares.entries()) {
    const expected = sum(counts) * share / sum(shares)
    assert.ok(Math.abs((counts[i] ?? 0) - expected) <= 5 * Math.sqrt(expected) + 2, `shares ${shares} became ${counts}`)
  }
}

for (const [name, factory] of Object.entries(strategies)) {
  const create = (seed: number): Balancer => factory({ clock: new FakeClock(), random: seededRandom(seed) })

  test(`${name}: what is picked is one of those that are offered, whatever happens`, () => {
    const steps = fc.array(fc.record({
      isOther: fc.boolean(),
      members: someOfSix,
      candidates: someOfSix,
      key: fc.string(),
      loaded: fc.nat(5),
      load: fc.nat(3),
      latencyMs: fc.option(fc.nat(1000), { nil: undefined }),
      share: fc.option(fc.double({ min: 0.001, max: 1000, noNaN: true }), { nil: undefined }),
      passMs: fc.nat(100_000)
    }), { minLength: 1, maxLength: 40 })
    fc.assert(fc.property(seeds, fullWeights, steps, (seed, weights, steps) => {
      const clock = new FakeClock()
      const balancer = factory({ clock, random: seededRandom(seed) })
      const all = backendsOf(weights)
      let rotation = all
      for (const { isOther, members, candidates, key, loaded, load, latencyMs, share, passMs } of steps) {
        const backend = all[loaded]!
        if (share !== undefined) backend.effectiveWeight = share
        if (share !== undefined || isOther) rotation = members.map((i) => all[i]!)
        for (let i = 0; i < 3; i++) assert.ok((rotation as Candidate[]).includes(balancer.pick(rotation, key)))
        changeLoad(balancer, backend, load - backend.inFlight)
        if (latencyMs !== undefined) backend.latency.observe(latencyMs, clock.now())
        clock.advance(passMs)
        const some = candidates.map((i) => all[i]!)
        assert.ok((some as Candidate[]).includes((balancer.pickAmong ?? balancer.pick).call(balancer, some, key)))
      }
    }))
  })

  test(`${name}: the only backend is always picked`, () => {
    fc.assert(fc.property(seeds, fc.integer({ min: 1, max: 1000 }), fc.string(), (seed, weight, key) => {
      const balancer = create(seed)
      const rotation = backendsOf([weight])
      for (let i = 0; i < 10; i++) {
        assert.equal(balancer.pick(rotation, key), rotation[0])
        assert.equal((balancer.pickAmong ?? balancer.pick).call(balancer, [...rotation], key), rotation[0])
        changeLoad(balancer, rotation[0]!, 1)
      }
    }))
  })

  test(`${name}: requests go by share`, () => {
    fc.assert(fc.property(seeds, weightLists, (seed, weights) => {
      const balancer = create(seed)
      const rotation = backendsOf(weights)
      assertByShare(countAttempts(rotation, balancer, 500, (key) => balancer.pick(rotation, key)), weights)
    }), { numRuns: 50 })
  })

  test(`${name}: it follows members that come and go and shares that change`, () => {
    const phases = fc.array(fc.tuple(someOfSix, fc.array(fc.double({ min: 0.1, max: 20, noNaN: true }), { minLength: 6, maxLength: 6 })), {
      minLength: 2,
      maxLength: 5
    })
    fc.assert(fc.property(seeds, phases, (seed, phases) => {
      const balancer = create(seed)
      const all = backendsOf([1, 1, 1, 1, 1, 1])
      for (const [members, shares] of phases) {
        for (const [i, backend] of all.entries()) backend.effectiveWeight = shares[i]!
        const rotation = members.map((i) => all[i]!)
        settleAll(balancer, all)
        assertByShare(
          countAttempts(rotation, balancer, 400, (key) => balancer.pick(rotation, key)),
          rotation.map(({ effectiveWeight }) => effectiveWeight)
        )
      }
    }), { numRuns: 50 })
  })

  test(`${name}: where some are full the others take their requests by share`, () => {
    fc.assert(fc.property(seeds, fullWeights, someOfSix, (seed, weights, free) => {
      const balancer = create(seed)
      const rotation = backendsOf(weights)
      const candidates = free.map((i) => rotation[i]!)
      const counts = countAttempts(candidates, balancer, 500, (key) => {
        const picked = balancer.pick(rotation, key)
        return (candidates as Candidate[]).includes(picked)
          ? picked
          : (
              balancer.pickAmong ?? balancer.pick
            ).call(balancer, [...candidates], key)
      })
      assertByShare(counts, candidates.map(({ effectiveWeight }) => effectiveWeight))
    }), { numRuns: 50 })
  })

  test(`${name}: it serves from candidates alone, before any rotation was seen`, () => {
    fc.assert(fc.property(seeds, weightLists, (seed, weights) => {
      const balancer = create(seed)
      const backends = backendsOf(weights)
      const pickAmong = (balancer.pickAmong ?? balancer.pick).bind(balancer)
      assertByShare(countAttempts(backends, balancer, 500, (key) => pickAmong([...backends], key)), weights)
    }), { numRuns: 50 })
  })
}
