import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { until } from '../helpers/until.ts'
import { startFakeGateway, type FakeGateway } from './fake-gateway.ts'
import { openDashboard, reads, rowOf } from './page.ts'
import { aBackend, aSample, aTransition } from './wire-samples.ts'

/** 40 backends; the last two are broken, which would be far below the first screen. */
async function fortyBackends (t: TestContext): Promise<{ gateway: FakeGateway, page: Page }> {
  const gateway = await startFakeGateway(t)
  const since = new Date(Date.now() - 125_000).toISOString()
  gateway.backends = Array.from({ length: 40 }, (_, i) => aBackend(`b${i + 1}`, { zone: i % 2 === 0 ? 'eu' : 'us' }))
  gateway.backends[38] = aBackend('b39', { state: 'unhealthy', since, why: 'connection refused', inRotation: false })
  gateway.backends[39] = aBackend('b40', { state: 'ejected', since, why: '5 failures in a row, last: status 503', inRotation: false })
  gateway.samples = [aSample(Date.now() - 1000)]
  const page = await openDashboard(t, gateway.url)
  await reads(page.locator('#headline'), /^38 of 40 backends in rotation$/)
  return { gateway, page }
}

async function namesIn (page: Page): Promise<string[]> {
  return await page.locator('#backends-rows .name').allInnerTexts()
}

function tell (gateway: FakeGateway, requests: Record<string, number>): void {
  const backends = Object.fromEntries(Object.entries(requests).map(([id, requests]) => [id, { requests, inFlight: 0, p50Ms: 1, p99Ms: 2 }]))
  gateway.sample(aSample(Date.now(), { backends }))
}

test('what is not healthy comes first, with since when and why in words', async (t) => {
  const { page } = await fortyBackends(t)
  assert.deepEqual((await namesIn(page)).slice(0, 3), ['server 39', 'server 40', 'server 1'])
  await reads(rowOf(page, 'server 39'), /Unhealthy\s+for 2 min\s+health check failed: connection refused/)
  await reads(rowOf(page, 'server 40'), /Ejected\s+for 2 min\s+5 failures in a row, last: status 503/)
})

test('a backend that breaks comes up to the others that are broken', async (t) => {
  const { gateway, page } = await fortyBackends(t)
  gateway.backends[20] = aBackend('b21', { state: 'unhealthy', since: new Date().toISOString(), why: 'status 500', inRotation: false })
  gateway.tell(aTransition(1, 'b21', { why: 'status 500' }))
  await until('server 21 at the top', async () => (await namesIn(page)).slice(0, 3).join() === 'server 21,server 39,server 40')
})

test('a heading sorts by keyboard, says so to screen readers, and the order survives updates', async (t) => {
  const { gateway, page } = await fortyBackends(t)
  const heading = page.getByRole('columnheader', { name: 'Requests' })
  assert.equal(await page.getByRole('columnheader', { name: 'State' }).getAttribute('aria-sort'), 'ascending')
  await heading.getByRole('button').focus()
  await page.keyboard.press('Enter')
  assert.equal(await heading.getAttribute('aria-sort'), 'descending')
  assert.equal(await page.locator('[aria-sort]').count(), 1)
  for (const [busiest, requests] of [['server 7', { b7: 90, b8: 10 }], ['server 8', { b7: 10, b8: 90 }]] as const) {
    tell(gateway, requests)
    await until(`${busiest} at the top`, async () => (await namesIn(page))[0] === busiest)
  }
  await page.keyboard.press('Enter')
  assert.equal(await heading.getAttribute('aria-sort'), 'ascending')
  assert.equal((await namesIn(page)).at(-1), 'server 8')
})

test('the filter is words of name, url, zone or state; it survives updates, and a button clears it', async (t) => {
  const { gateway, page } = await fortyBackends(t)
  const filter = page.getByRole('searchbox', { name: 'Filter backends' })
  await filter.fill('unhealthy')
  assert.deepEqual(await namesIn(page), ['server 39'])
  await reads(page.locator('#filter-found'), /^1 of 40 shown$/)
  await filter.fill('us 127.0.0.1:300')
  assert.deepEqual(await namesIn(page), ['server 2', 'server 4', 'server 6', 'server 8'])
  tell(gateway, { b4: 33, b5: 50 })
  await reads(rowOf(page, 'server 4'), /33\/s/)
  assert.deepEqual(await namesIn(page), ['server 2', 'server 4', 'server 6', 'server 8'])
  await filter.fill('nothing like it')
  await reads(page.locator('#backends-none'), /No backend matches “nothing like it”\./)
  await page.getByRole('button', { name: 'Clear filter' }).click()
  assert.equal((await namesIn(page)).length, 40)
  assert.equal(await filter.inputValue(), '')
})

test('rows do not move away under the pointer or an open menu', async (t) => {
  const { gateway, page } = await fortyBackends(t)
  await page.getByRole('button', { name: 'Requests' }).click()
  tell(gateway, { b7: 90, b8: 10 })
  await until('server 7 at the top', async () => (await namesIn(page))[0] === 'server 7')
  await page.getByRole('button', { name: 'More actions for server 8' }).hover()
  tell(gateway, { b7: 10, b8: 90 })
  await reads(rowOf(page, 'server 8'), /90\/s/)
  assert.deepEqual((await namesIn(page)).slice(0, 2), ['server 7', 'server 8'])
  await page.mouse.move(2, 2)
  await until('server 8 at the top', async () => (await namesIn(page))[0] === 'server 8')

  await page.getByRole('button', { name: 'More actions for server 8' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menu').waitFor()
  tell(gateway, { b7: 95, b8: 5 })
  await reads(rowOf(page, 'server 7'), /95\/s/)
  assert.deepEqual((await namesIn(page)).slice(0, 2), ['server 8', 'server 7'])
  await page.keyboard.press('Escape')
  await until('server 7 at the top again', async () => (await namesIn(page))[0] === 'server 7')
})

test('a button keeps the focus when its row moves', async (t) => {
  const { gateway, page } = await fortyBackends(t)
  await page.getByRole('button', { name: 'Drain server 30' }).focus()
  gateway.backends[29] = aBackend('b30', { state: 'unhealthy', why: 'status 500', inRotation: false })
  gateway.tell(aTransition(1, 'b30'))
  await until('server 30 at the top', async () => (await namesIn(page))[0] === 'server 30')
  assert.equal(await page.evaluate('document.activeElement?.ariaLabel'), 'Drain server 30')
})

test('on a phone the order is chosen from a list', async (t) => {
  const { page } = await fortyBackends(t)
  await page.setViewportSize({ width: 390, height: 800 })
  await page.getByRole('combobox', { name: 'Sort' }).selectOption({ label: 'Name' })
  assert.deepEqual((await namesIn(page)).slice(0, 2), ['server 1', 'server 2'])
  assert.equal(Number(await page.evaluate('document.documentElement.scrollWidth')), 390)
})

test('with the gateway gone, the heading and the ages speak of the time when it was last heard', async (t) => {
  const { gateway, page } = await fortyBackends(t)
  await gateway.stop()
  await reads(page.locator('#headline'), /^38 of 40 backends were in rotation at \d\d:\d\d:\d\d$/)
  assert.equal(await page.title(), 'Offline · Evenkeel')
  await reads(page.locator('#chart-requests .aside'), /^as of \d\d:\d\d:\d\d$/)
  await reads(page.locator('#rotation-note'), /^as of/)
})

test('the form Explain shows the choice, why, and why not the others', async (t) => {
  const { gateway, page } = await fortyBackends(t)
  gateway.explanation = {
    strategy: 'round-robin',
    backends: gateway.backends.map(({ id, name, state }) => {
      const isCandidate = state === 'healthy'
      return { id, name, isCandidate, reason: isCandidate ? 'in rotation' : `${state}: <b>status 503</b>` }
    }),
    choice: { id: 'b3', name: 'server 3' },
    reason: 'it is next in turn (effective weight 1, 0 in flight, 38 candidates)',
    isFailingOpen: false,
    spillRatio: 0
  }
  await page.getByRole('button', { name: 'Explain a request' }).click()
  const dialog = page.getByRole('dialog', { name: 'Explain a request' })
  await dialog.getByLabel('Method').selectOption('POST')
  await dialog.getByLabel('Path').fill('/orders?id=1')
  await dialog.getByLabel('Headers').fill('nonsense')
  await dialog.getByRole('button', { name: 'Explain' }).click()
  await reads(dialog.getByRole('alert'), /^“nonsense” is not a header/)
  await dialog.getByLabel('Headers').fill('X-Tenant: acme')
  await dialog.getByLabel('Path').press('Enter')
  const answer = dialog.locator('#explanation')
  await reads(answer, /^Goes to server 3\s+round-robin: it is next in turn/)
  await reads(answer, /Why not the others\s+server 39: unhealthy: <b>status 503<\/b>\s+server 40: ejected/)
  await reads(answer, /Also possible\s+server 1, server 2, server 4/)
  assert.deepEqual(gateway.asked, ['GET /api/explain?method=POST&path=%2Forders%3Fid%3D1&header.x-tenant=acme'])
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
})

test('charts begin at the start of the gateway', async (t) => {
  const gateway = await startFakeGateway(t)
  const now = Date.now()
  gateway.samples = Array.from({ length: 40 }, (_, i) => aSample(now - (39 - i) * 1000))
  const page = await openDashboard(t, gateway.url)
  const plot = page.locator('#chart-requests .plot')
  const expected = /^Requests per second over the last 39 s: now 100\/s/
  await until('its description', async () => expected.test(await plot.getAttribute('aria-label') ?? ''))
})

test('a full row is no wider than its place, whatever the width of the page', async (t) => {
  const { gateway, page } = await fortyBackends(t)
  const lastCheck = { passed: true, detail: 'status 200', durationMs: 466, at: new Date().toISOString() }
  const out = { state: 'maintenance', desiredState: 'maintenance', why: 'operator', inRotation: false } as const
  gateway.backends[0] = aBackend('b1', { ...out, zone: 'eu-central-1', backup: true, inFlight: 1234, lastCheck })
  gateway.tell(aTransition(1, 'b1'))
  const own = { requests: 1234, inFlight: 12, p50Ms: 122, p99Ms: 466 }
  gateway.sample(aSample(Date.now(), { backends: Object.fromEntries(gateway.backends.map(({ id }) => [id, own])) }))
  await reads(rowOf(page, 'server 39'), /p99 466 ms/)
  for (const width of [1181, 1230, 1280, 1600, 1180, 900, 721, 390]) {
    await page.setViewportSize({ width, height: 800 })
    const rightOf = async (id: string): Promise<number> =>
      Number(await page.evaluate(`document.querySelector("#${id}").getBoundingClientRect().right`))
    const beyond = await rightOf('backends-table') - await rightOf('backends')
    assert.ok(beyond <= 1, `at ${width} the table is ${beyond} pixels too wide`)
  }
})
