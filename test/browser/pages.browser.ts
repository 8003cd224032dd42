import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test, type TestContext } from 'node:test'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { until } from '../helpers/until.ts'
import { startFakeGateway } from './fake-gateway.ts'
import { openDashboard, reads } from './page.ts'
import { aBackend, aCertificate, aService } from './wire-samples.ts'

async function start (t: TestContext) {
  const [web, api] = [await startBackend(t, answers('web')), await startBackend(t, answersWith(503))]
  const file = `services:
  web: { backends: ["${web.url};name=web-1"] }
  api: { backends: ["${api.url};name=api-1"] }
routes:
  - { host: shop.test, service: web }
  - { name: api, host: shop.test, path: /api, service: api }
  - { host: old.test, redirect: { to: "https://shop.test" } }
`
  const gateway = await startWithFile(t, file, { RETRIES: '0', ADMIN_TOKEN: '' })
  return { ...gateway, file, page: await openDashboard(t, gateway.adminUrl) }
}

test('the page of routes shows each with its match, where it goes and where it stands', async (t) => {
  const { page } = await start(t)
  await page.getByRole('link', { name: 'Routes' }).click()
  const table = page.locator('#routes-table')
  await reads(table, /api\s+shop\.test\/api\s+api\s+\S*evenkeel\.yaml:6/)
  await reads(table, /old\.test\/\s+redirect to https:\/\/shop\.test/)
  assert.equal(await page.locator('#headline').isVisible(), false)
  await page.locator('#routes-filter').fill('redirect')
  await until('one row', async () => await page.locator('#routes-rows tr').count() === 1)
  await reads(page.locator('#routes-found'), /1 of 3 routes/)
})

test('a failed request comes up in the live tail, without its query', async (t) => {
  const { app, page, url } = await start(t)
  await page.getByRole('link', { name: 'Requests' }).click()
  await reads(page.locator('#requests-empty'), /None yet/)
  await new Promise<void>((resolve) => {
    request(`${url}/api/x?secret=1`, { headers: { host: 'shop.test' } }, (res) => { res.resume().on('end', resolve) }).end()
  })
  await until('the request to be over', () => app.forwarder.openExchanges === 0)
  await reads(page.locator('#requests-rows'), /GET shop\.test\/api\/x\s[^]*503, failed[^]*api\s+route api\s+api-1/)
  assert.doesNotMatch(await page.locator('#requests-rows').innerText(), /secret/)
  await page.locator('#requests-kind').selectOption('slow')
  await reads(page.locator('#requests-empty'), /None of them matches/)
})

test('a typo in the file is seen on every page, with its place, until it is mended', async (t) => {
  const { app, page, file, write } = await start(t)
  await reads(page.locator('#link'), /Live/)
  await write(file.replace('path: /api', 'paht: /api'))
  await app.configFile.reload()
  const banner = page.locator('#config-banner')
  await reads(banner, /evenkeel\.yaml:6:\d+: routes\[1\]\.paht is not known; did you mean "path"\?/)
  await reads(page.locator('#events'), /The configuration file was refused/)
  await page.getByRole('link', { name: 'Configuration' }).click()
  assert.equal(await banner.isVisible(), true)
  await reads(page.locator('#config-state'), /has changed to something that cannot be used/)
  await reads(page.locator('#config-content'), /"path": "\/api"/)
  await write(file)
  await app.configFile.reload()
  await until('the banner to go', async () => !await banner.isVisible())
  await reads(page.locator('#config-state'), /is in force since/)
  await reads(page.locator('#settings-rows tr').first(), /environment/)
})

test('services are groups, and their names are read out with what is in rotation', async (t) => {
  const { page } = await start(t)
  const group = page.locator('tr.group[data-service=web]')
  await reads(group, /web[^]*1 of 1 in rotation/)
  assert.equal(await page.getByText('web-1', { exact: true }).locator('visible=true').count() > 0, true, 'in the rotation')
  const button = group.getByRole('button', { name: 'web' })
  assert.equal(await button.getAttribute('aria-expanded'), 'false')
  await button.focus()
  await page.keyboard.press('Enter')
  await until('the row', async () => await page.locator('#backends-rows .who .name', { hasText: 'web-1' }).count() === 1)
  assert.equal(await button.getAttribute('aria-expanded'), 'true')
  assert.equal(await button.evaluate((element) => element === element.ownerDocument.activeElement), true, 'the focus stays')
})

test('a service without a backend in rotation is the headline, and comes first', async (t) => {
  const gateway = await startFakeGateway(t)
  gateway.backends = [
    aBackend('b1', { service: 'web' }), aBackend('b2', { service: 'api', state: 'unhealthy', inRotation: false, why: 'connection refused' })
  ]
  gateway.services = ['web', 'api'].map((name) => aService(name, gateway.backends))
  const page = await openDashboard(t, gateway.url)
  await reads(page.locator('#headline'), /^No backend of api is in rotation$/)
  await reads(page.locator('#backends-rows tr').first(), /api[^]*none of 1 in rotation: its requests get 503/)
})

test('a request is explained with its host, route and service', async (t) => {
  const { page } = await start(t)
  await reads(page.locator('#link'), /Live/)
  await page.locator('#explain-open').click()
  const dialog = page.locator('#explain')
  await dialog.getByLabel('Host').fill('shop.test')
  await dialog.getByLabel('Path').fill('/api/x')
  await dialog.getByRole('button', { name: 'Explain' }).click()
  await reads(page.locator('#explanation'), /Goes to api-1 of api[^]*Routes[^]*api: .*\/api \(.*evenkeel\.yaml:6\)/)
  await dialog.getByLabel('Host').fill('nobody.test')
  await dialog.getByRole('button', { name: 'Explain' }).click()
  await reads(page.locator('#explanation'), /No route matches: it would get 404/)
})

test('workers have a table on the overview, where there are any', async (t) => {
  const gateway = await startFakeGateway(t)
  const page = await openDashboard(t, gateway.url)
  await reads(page.locator('#headline'), /No backends/)
  assert.equal(await page.locator('#workers').isVisible(), false)
  const worker = {
    number: 1,
    pid: 4711,
    up: true,
    restarts: 2,
    connections: 12,
    requests: 340,
    eventLoopUtilization: 0.25,
    residentBytes: 104_857_600,
    since: new Date(Date.now() - 7_300_000).toISOString()
  }
  gateway.workers = [worker, { ...worker, number: 2, up: false }]
  await page.reload()
  const rows = page.locator('#workers-rows tr')
  await reads(rows.nth(0), /Worker 1\s*process 4711\s+12\s+340\s+25 %\s+100 MiB\s+2\s+2 h/)
  await reads(rows.nth(1), /Worker 2\s*down\s+–\s+–\s+–\s+–\s+2\s+–/)
})

test('certificates are listed with the days that are left, and an urgent one is told of on every page', async (t) => {
  const gateway = await startFakeGateway(t)
  gateway.tls = {
    isEnabled: true,
    certificates: [
      aCertificate('shop', { daysLeft: 2, warning: 3 }),
      aCertificate('api', { daysLeft: 20, warning: 30, isDefault: true }),
      aCertificate('old', { daysLeft: -1, warning: 0 }),
      aCertificate('short', { daysLeft: 2, source: 'acme' })
    ],
    problems: [{ name: 'new', problem: 'the key does not match the certificate' }],
    clientPolicies: [],
    handshakes: { full: 12, resumed: 30, failed: { timeout: 1, version: 1 }, pending: 0, waiting: 0, limitPerSecond: null }
  }
  const page = await openDashboard(t, gateway.url)
  await reads(page.locator('#certificates-banner'), /^The certificate shop expires in 2 days\.\s+The certificate old has expired\.$/)
  await page.getByRole('link', { name: 'Configuration' }).click()
  await reads(page.locator('#certificates-table'), /shop\s+shop\.test\s+2 days[^]*api\s+api\.test; the default\s+20 days[^]*expired/)
  await reads(page.locator('#certificates-problems'), /new: the key does not match/)
  await reads(page.locator('#certificates-handshakes'), /^12 full handshakes, 30 resumed, 2 failed, 0 waiting$/)
  const tones = await page.locator('#certificates-rows tr').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-tone')))
  assert.deepEqual(tones, ['bad', 'warning', 'bad', 'good'])
})

test('without TLS there is no list of certificates', async (t) => {
  const { page } = await start(t)
  await page.getByRole('link', { name: 'Configuration' }).click()
  await reads(page.locator('#config-state'), /is in force since/)
  assert.equal(await page.locator('#certificates').isVisible(), false)
  assert.equal(await page.locator('#certificates-banner').isVisible(), false)
})
