import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { until } from '../helpers/until.ts'
import { startFakeGateway, type FakeGateway } from './fake-gateway.ts'
import { openDashboard, reads, rotationOf, rowOf } from './page.ts'
import { aBackend, aSample, aTransition } from './wire-samples.ts'

async function threeBackends (t: TestContext): Promise<FakeGateway> {
  const gateway = await startFakeGateway(t)
  gateway.backends = [aBackend('b1'), aBackend('b2', { inFlight: 3 }), aBackend('b3', { source: 'registered' })]
  gateway.samples = [aSample(Date.now() - 1000)]
  return gateway
}

test('a gateway that does not answer yet is waited for, and said to be', async (t) => {
  const gateway = await threeBackends(t)
  gateway.isSilent = true
  const page = await openDashboard(t, gateway.url)
  await reads(page.locator('#headline'), /^Connecting to the gateway$/)
  await reads(page.locator('#backends-loading'), /^Loading…$/)
})

test('without a backend the page says how to get one', async (t) => {
  const page = await openDashboard(t, (await startFakeGateway(t)).url)
  await reads(page.locator('#headline'), /^No backends yet$/)
  await reads(page.locator('#backends-empty'), /every request gets 503/)
  await reads(page.locator('#events-empty'), /^Nothing has happened yet\.$/)
})

test('a gateway in trouble is told of, and the page comes back by itself', async (t) => {
  const gateway = await threeBackends(t)
  gateway.failsWith = 500
  const page = await openDashboard(t, gateway.url)
  await reads(page.getByRole('alert'), /The gateway is in trouble\. Trying again automatically\./)
  gateway.failsWith = undefined
  await reads(page.locator('#headline'), /^All 3 backends in rotation$/)
  await page.locator('#banner').waitFor({ state: 'hidden' })
})

test('what is shown stays while the gateway is away, and a restart is written down', async (t) => {
  const gateway = await threeBackends(t)
  const page = await openDashboard(t, gateway.url)
  await reads(page.locator('#link'), /^Live$/)
  await gateway.stop()
  await reads(page.locator('#link'), /^Offline$/)
  await reads(page.getByRole('alert'), /Everything below is as of \d\d:\d\d:\d\d\./)
  assert.equal(await page.getByRole('rowheader').count(), 3)
  gateway.instance = 'second'
  gateway.events = [aTransition(1, 'b1', { from: 'unchecked', to: 'healthy', why: 'status 200' })]
  await gateway.start()
  await page.getByRole('button', { name: 'Try now' }).click()
  await reads(page.locator('#link'), /^Live$/)
  await reads(page.locator('#events'), /server 1 is healthy: status 200[^]*The gateway was restarted/)
})

test('an event changes the list and is read out, and the history is not', async (t) => {
  const gateway = await threeBackends(t)
  gateway.events = [aTransition(1, 'b1')]
  const page = await openDashboard(t, gateway.url)
  await reads(page.locator('#events'), /server 1 failed its health checks: connection refused/)
  assert.equal(await page.locator('#announcer').innerText(), '')
  gateway.backends = [
    aBackend('b1'),
    aBackend('b2', { state: 'ejected', why: '5 failures in a row, last: connection refused', inRotation: false }),
    aBackend('b3')
  ]
  gateway.tell(aTransition(2, 'b2', { to: 'ejected', why: '5 failures in a row, last: connection refused' }))
  await reads(page.locator('#announcer'), /^server 2 was ejected: 5 failures in a row, last: connection refused$/)
  await reads(rowOf(page, 'server 2'), /Ejected\s+for 2 h\s+5 failures in a row/)
  await reads(page.locator('#headline'), /^2 of 3 backends in rotation$/)
})

test('a sample turns the rotation and moves the figures', async (t) => {
  const gateway = await threeBackends(t)
  const page = await openDashboard(t, gateway.url)
  await until('three segments', async () => (await rotationOf(page)).join() === 'server 1 33 %,server 2 33 %,server 3 33 %')
  const own = (requests: number) => ({ requests, inFlight: 7, p50Ms: 2.5, p99Ms: 8 })
  gateway.sample(aSample(Date.now(), { requests: 400, errors: 8, backends: { b1: own(300), b2: own(100) } }))
  await until('shares as they were served', async () => (await rotationOf(page)).join() === 'server 1 75 %,server 2 25 %,server 3 0 %')
  await reads(page.locator('#chart-requests .figure'), /^400\/s$/)
  await reads(page.locator('#chart-errors .figure'), /^8\/s$/)
  await reads(rowOf(page, 'server 1'), /300\/s\s+7\s+p50 2\.5 ms\s+p99 8\.0 ms/)
})

test('names and evidence are text, whatever is in them', async (t) => {
  const gateway = await startFakeGateway(t)
  const hostile = '<img src=x onerror=alert(1)><b>bold</b>'
  gateway.backends = [aBackend('b1', { name: hostile, zone: hostile })]
  gateway.events = [aTransition(1, 'b1', { name: hostile, why: hostile })]
  const page = await openDashboard(t, gateway.url)
  await reads(page.locator('.who .name'), /^<img src=x onerror=alert\(1\)><b>bold<\/b>$/)
  assert.equal(await page.locator('main img').count(), 0)
})

test('by keyboard alone a backend is drained, and the question leaves the focus where it was', async (t) => {
  const gateway = await threeBackends(t)
  const page = await openDashboard(t, gateway.url)
  const button = page.getByRole('button', { name: 'Drain server 2' })
  await button.focus()
  await page.keyboard.press('Enter')
  await reads(page.getByRole('dialog', { name: 'Drain server 2?' }), /the 3 requests in flight may finish/)
  await page.keyboard.press('Escape')
  await until('the focus is back', async () => await page.evaluate('document.activeElement?.ariaLabel') === 'Drain server 2')
  assert.deepEqual(gateway.asked, [])

  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await until('the gateway is asked', () => gateway.asked.length > 0)
  assert.deepEqual(gateway.asked, ['PATCH /api/backends/b2 {"desiredState":"draining"}'])
})

test('the menu is walked with arrows, and says what cannot be done and why', async (t) => {
  const gateway = await threeBackends(t)
  const page = await openDashboard(t, gateway.url)
  const more = page.getByRole('button', { name: 'More actions for server 1' })
  await more.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menu', { name: 'Actions for server 1' }).waitFor()
  await reads(page.getByRole('menuitem', { name: 'Remove…' }), /It is configured in BACKENDS/)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Weight of server 1' }).getByRole('spinbutton').fill('2')
  await reads(page.locator('#weight-outlook'), /it gets 50 % of requests instead of 33 %/)
  await page.keyboard.press('Enter')
  await until('the gateway is asked', () => gateway.asked.length > 0)
  assert.deepEqual(gateway.asked, ['PATCH /api/backends/b1 {"weight":2}'])
})

test('an action that fails says so in its dialog, which stays open', async (t) => {
  const gateway = await threeBackends(t)
  const page = await openDashboard(t, gateway.url)
  await page.getByRole('button', { name: 'Drain server 1' }).click()
  gateway.failsWith = 500
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Drain' }).click()
  await reads(dialog.getByRole('alert'), /^The gateway is in trouble$/)
})

for (const width of [320, 390, 800, 1280]) {
  test(`at ${width} pixels nothing is wider than the page`, async (t) => {
    const gateway = await threeBackends(t)
    gateway.backends.push(
      aBackend('b4', {
        name: 'a-backend-with-a-name-that-does-not-end-and-has-no-place-to-break',
        url: 'http://[2001:db8:85a3:8d3:1319:8a2e:370:7348]:30000',
        state: 'ejected',
        inRotation: false
      })
    )
    const page = await openDashboard(t, gateway.url)
    await page.setViewportSize({ width, height: 800 })
    await rowOf(page, 'server 1').waitFor()
    await until(
      `no scrolling sideways at ${width}`,
      async () => Number(await page.evaluate('document.documentElement.scrollWidth')) <= width
    )
  })
}
