import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { until } from '../helpers/until.ts'
import { atEnd } from '../real/at-end.ts'
import { freePorts } from '../real/free-ports.ts'
import { openDashboard, reads, rotationOf, rowOf } from './page.ts'
import { startBackend, startStage } from './stage.ts'

/** Requests one after the other, until the test ends. */
async function startLoad (t: TestContext, url: string): Promise<void> {
  const end = new AbortController()
  const run = async (): Promise<void> => { while (!end.signal.aborted) await fetch(url).then((response) => response.text(), () => {}) }
  const runs = [run(), run()]
  atEnd(t, () => {
    end.abort()
    return Promise.all(runs)
  })
}

test('a backend that is killed turns red, with the evidence', async (t) => {
  const { adminUrl, kill } = await startStage(t)
  const page = await openDashboard(t, adminUrl)
  await reads(page.locator('#headline'), /^All 3 backends in rotation$/)
  assert.equal(await rowOf(page, 'two').getAttribute('data-tone'), 'good')
  kill(1)
  await page.locator('tr[data-tone=bad]').waitFor()
  await reads(rowOf(page, 'two'), /Unhealthy\s+for \d+ s\s+health check failed: connection refused/)
  await reads(page.locator('#events'), /two failed its health checks: connection refused/)
  await until('two has left the rotation', async () => (await rotationOf(page)).every((segment) => !segment.startsWith('two')))
})

test('a click drains a backend, another one brings it back', async (t) => {
  const { adminUrl } = await startStage(t)
  const page = await openDashboard(t, adminUrl)
  await page.getByRole('button', { name: 'Drain one' }).click()
  const dialog = page.getByRole('dialog', { name: 'Drain one?' })
  await reads(dialog, /Its 33 % of requests will go to the 2 others/)
  await dialog.getByRole('button', { name: 'Drain' }).click()
  await reads(rowOf(page, 'one'), /Drained/)
  await reads(page.locator('#headline'), /^2 of 3 backends in rotation$/)
  await page.getByRole('button', { name: 'Set one to ready' }).click()
  await reads(rowOf(page, 'one'), /Healthy/)
  await reads(page.locator('#headline'), /^All 3/)
})

test('another weight is seen in the requests that come', async (t) => {
  const { gateway, adminUrl } = await startStage(t)
  const page = await openDashboard(t, adminUrl)
  await startLoad(t, await gateway.url())
  await reads(page.locator('#rotation-note'), /^requests of the last/)
  await reads(rowOf(page, 'three'), /33 %/)
  await page.getByRole('button', { name: 'More actions for three' }).click()
  await page.getByRole('menuitem', { name: 'Change weight' }).click()
  await page.getByRole('spinbutton', { name: 'Weight' }).and(page.locator('#weight-value')).fill('2')
  await page.getByRole('button', { name: 'Set weight' }).click()
  await reads(rowOf(page, 'three'), /50 %\s+weight 2/)
  await reads(page.locator('#events'), /three was changed: .*1 → 2/)
})

test('a backend is added, checked and removed', async (t) => {
  const { adminUrl } = await startStage(t)
  const four = await startBackend(t, 'four')
  const page = await openDashboard(t, adminUrl)
  await page.getByRole('button', { name: 'Add a backend' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a backend' })
  await dialog.getByLabel('URL').fill('http://169.254.169.254')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await reads(dialog.getByRole('alert'), /not/)
  await dialog.getByLabel('URL').fill(four.url)
  await dialog.getByLabel('Name').fill('four')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await reads(rowOf(page, 'four'), /Healthy/)
  await reads(page.locator('#headline'), /^All 4/)

  await page.getByRole('button', { name: 'More actions for four' }).click()
  await page.getByRole('menuitem', { name: 'Check now' }).click()
  await reads(page.locator('#toast'), /four: check passed/)
  await page.getByRole('button', { name: 'More actions for four' }).click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await rowOf(page, 'four').waitFor({ state: 'detached' })
  await reads(page.locator('#events'), /four left/)
})

test('a wrong token is refused in words; the right one is asked for once', async (t) => {
  const { adminUrl } = await startStage(t, { ADMIN_TOKEN: 'open-sesame-open-sesame' })
  const page = await openDashboard(t, adminUrl)
  const dialog = page.getByRole('dialog', { name: 'Token' })
  for (const wrong of ['guess', 'grüße']) {
    await dialog.getByLabel('Token').fill(wrong)
    await dialog.getByRole('button', { name: 'Unlock' }).click()
    await reads(dialog.getByRole('alert'), /^That is not the token of this gateway/)
  }
  await dialog.getByLabel('Token').fill('open-sesame-open-sesame')
  await dialog.getByRole('button', { name: 'Unlock' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await reads(page.locator('#headline'), /^All 3/)
  await page.reload()
  await reads(page.locator('#headline'), /^All 3/)
  await page.getByRole('button', { name: 'Forget token' }).click()
  await dialog.waitFor()
})

test('a gateway that is restarted under an open page is found again', async (t) => {
  const [port] = await freePorts(1)
  const { gateway, kill } = await startStage(t, { ADMIN_PORT: String(port) })
  const page = await openDashboard(t, `http://127.0.0.1:${port}`)
  await reads(page.locator('#headline'), /^All 3/)
  gateway.kill('SIGTERM')
  await gateway.exited
  await reads(page.locator('#link'), /^Offline$/)
  kill(0)
  kill(1)
  kill(2)
  await startStage(t, { ADMIN_PORT: String(port) })
  await reads(page.locator('#link'), /^Live$/)
  await reads(page.locator('#events'), /The gateway was restarted/)
  await reads(page.locator('#headline'), /^All 3/)
})
