import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from '../../src/admin/known-addresses.ts'
import { TokenGuard } from '../../src/admin/token-guard.ts'
import { FakeClock } from '../helpers/clock.ts'
import { settled } from '../helpers/until.ts'

const token = 'secret-secret-secret'

function createGuard () {
  const clock = new FakeClock()
  const guard = new TokenGuard(token, clock)
  const guess = (address = '10.0.0.1') => guard.judge('Bearer wrong', address)
  const show = (address: string) => guard.judge(`Bearer ${token}`, address)
  return { clock, guard, guess, show }
}

test('a wrong token is answered late, the right one at once', async () => {
  const { clock, guess, show } = createGuard()
  assert.equal(await show('10.0.0.1'), 'welcome')
  let verdict: string | undefined
  guess().then((said) => { verdict = said }, () => {})
  clock.advance(499)
  await settled()
  assert.equal(verdict, undefined)
  clock.advance(1)
  await settled()
  assert.equal(verdict, 'wrong')
})

test('the right token is welcome at once while its address, and all others, send wrong ones', async () => {
  const { clock, guess, show } = createGuard()
  for (let i = 0; i < 1000; i++) {
    void guess()
    void guess(`10.1.0.${i}`)
    clock.advance(10)
  }
  const held = [guess(), guess()]
  assert.equal(await show('10.0.0.1'), 'welcome')
  assert.deepEqual(await Promise.all(held), ['too-many', 'too-many'])
})

test('few answers are held back at a time, whatever addresses they are for', async () => {
  const { clock, guess } = createGuard()
  const held = Array.from({ length: 8 }, (_, i) => guess(`10.0.0.${i}`))
  assert.equal(await guess('10.0.0.9'), 'too-many')
  clock.advance(500)
  assert.deepEqual(new Set(await Promise.all(held)), new Set(['wrong']))
  const next = guess('10.0.0.9')
  clock.advance(500)
  assert.equal(await next, 'wrong')
})

test('after fifty wrong tokens within 10 s, of all addresses together, the next ones are refused at once', async () => {
  const { clock, guess } = createGuard()
  for (let i = 0; i < 50; i++) {
    const held = guess(`10.0.0.${i}`)
    clock.advance(100)
    if (i % 5 === 4) {
      clock.advance(400)
      assert.equal(await held, 'wrong')
    }
  }
  assert.equal(await guess('10.0.1.1'), 'too-many')
  clock.advance(10_000)
  const later = guess('10.0.1.1')
  clock.advance(500)
  assert.equal(await later, 'wrong')
})

test('without a token everybody is welcome, but no client\'s is accepted', async () => {
  const guard = new TokenGuard('', new FakeClock())
  assert.equal(await guard.judge(undefined, '10.0.0.1'), 'welcome')
  assert.equal(guard.acceptsFromClient('', '10.0.0.1'), false)
})

test('who says nothing is told at once, and is no guesser', async () => {
  const { clock, guard, guess } = createGuard()
  for (let i = 0; i < 100; i++) assert.equal(await guard.judge(undefined, '10.0.0.1'), 'wrong')
  const verdict = guess()
  clock.advance(500)
  assert.equal(await verdict, 'wrong')
})

test('after ten wrong tokens of clients, from as many addresses, no stranger is heard until 10 s have passed without one', () => {
  const { clock, guard } = createGuard()
  for (let i = 0; i < 10; i++) guard.acceptsFromClient('wrong', `10.0.0.${i}`)
  assert.equal(guard.acceptsFromClient(token, '10.9.9.9'), false)
  clock.advance(9000)
  guard.acceptsFromClient('wrong', '10.0.0.1')
  assert.equal(guard.acceptsFromClient(token, '10.9.9.9'), false)
  clock.advance(11_000)
  assert.equal(guard.acceptsFromClient(token, '10.9.9.9'), true)
})

for (const where of ['the admin listener', 'the traffic listener']) {
  test(`an address that has shown the token on ${where} is heard while others guess`, async () => {
    const { guard, show } = createGuard()
    if (where === 'the admin listener') await show('10.9.9.9')
    else guard.acceptsFromClient(token, '10.9.9.9')
    for (let i = 0; i < 1000; i++) guard.acceptsFromClient('wrong', `10.0.0.${i}`)
    assert.equal(guard.acceptsFromClient(token, '10.9.9.9'), true)
    assert.equal(guard.acceptsFromClient(token, '10.9.9.8'), false)
  })
}

test('a known address that guesses is not heard either, and is on the admin listener all the same', async () => {
  const { clock, guard, show } = createGuard()
  await show('10.9.9.9')
  for (let i = 0; i < 10; i++) guard.acceptsFromClient('wrong', '10.9.9.9')
  assert.equal(guard.acceptsFromClient(token, '10.9.9.9'), false)
  assert.equal(await show('10.9.9.9'), 'welcome')
  assert.equal(guard.acceptsFromClient(token, '10.9.9.9'), false)
  clock.advance(11_000)
  assert.equal(guard.acceptsFromClient(token, '10.9.9.9'), true)
})

test('a known address is the same over IPv4 and mapped to IPv6, and of IPv6 all that share 64 bits are one', async () => {
  for (const [address, same, other] of [
    ['10.9.9.9', '::ffff:10.9.9.9', '::ffff:10.9.9.8'],
    ['2001:db8:0:1::5', '2001:0DB8:0000:0001:9:8:7:6', '2001:db8:0:2::5'],
    ['fe80::1%eth0', 'fe80::2', 'fe80:0:0:1::1'],
    ['::1', '0:0:0:0:0:0:0:2', '1::'],
    ['64:ff9b::192.0.2.1', '64:ff9b::1', '64:ff9b:0:1::192.0.2.1'],
    ['1::2:3:4:5:6:7', '1:0:2:3:9::', '1:2:3:4:5:6:7:8']
  ] as const) {
    assert.deepEqual([networkOf(address) === networkOf(same), networkOf(address) === networkOf(other)], [true, false], address)
  }
})

test('of thousands of known addresses some are forgotten, those that came last are not', async () => {
  const { guard, show } = createGuard()
  await show('first')
  await show('second')
  for (let i = 0; i < 998; i++) await show(`other ${i}`)
  await show('first')
  await show('one more')
  for (let i = 0; i < 10; i++) guard.acceptsFromClient('wrong', 'guesser')
  assert.deepEqual(['first', 'second', 'one more'].map((address) => guard.acceptsFromClient(token, address)), [true, false, true])
})
