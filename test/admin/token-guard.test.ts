import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenGuard } from '../../src/admin/token-guard.ts'
import { FakeClock } from '../helpers/clock.ts'
import { settled } from '../helpers/until.ts'

function createGuard () {
  const clock = new FakeClock()
  const guard = new TokenGuard('secret', clock)
  const guess = (address = '10.0.0.1') => guard.judge('Bearer wrong', address)
  return { clock, guard, guess }
}

test('a wrong token is answered late, the right one at once', async () => {
  const { clock, guard, guess } = createGuard()
  assert.equal(await guard.judge('Bearer secret', '10.0.0.1'), 'welcome')
  let verdict: string | undefined
  void guess().then((said) => { verdict = said }, () => {})
  clock.advance(499)
  await settled()
  assert.equal(verdict, undefined)
  clock.advance(1)
  await settled()
  assert.equal(verdict, 'wrong')
})

test('after ten wrong ones within 10 s nothing from that address is listened to, not even the right one', async () => {
  const { clock, guard, guess } = createGuard()
  for (let i = 0; i < 10; i++) void guess()
  assert.equal(await guard.judge('Bearer secret', '10.0.0.1'), 'too-many')
  assert.equal(await guard.judge('Bearer secret', '10.0.0.2'), 'welcome')
  clock.advance(11_000)
  assert.equal(await guard.judge('Bearer secret', '10.0.0.1'), 'welcome')
})

test('of thousands of addresses some are forgotten, and memory is bounded', async () => {
  const { guard, guess } = createGuard()
  for (let i = 0; i < 10; i++) void guess('first')
  for (let i = 0; i < 5000; i++) void guess(`other ${i}`)
  assert.equal(await guard.judge('Bearer secret', 'first'), 'welcome')
})

test('without a token everybody is welcome', async () => {
  assert.equal(await new TokenGuard('', new FakeClock()).judge(undefined, '10.0.0.1'), 'welcome')
})

test('who says nothing is told at once, and is no guesser', async () => {
  const { guard } = createGuard()
  for (let i = 0; i < 20; i++) assert.equal(await guard.judge(undefined, '10.0.0.1'), 'wrong')
  assert.equal(await guard.judge('Bearer secret', '10.0.0.1'), 'welcome')
})
