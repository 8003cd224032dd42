import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { until } from '../helpers/until.ts'
import { atEnd } from '../real/at-end.ts'
import { openBrowser } from '../real/browser.ts'

/** Opens the dashboard. When the test ends, nothing must have offended the page's policy or thrown in it. */
export async function openDashboard (t: TestContext, url: string): Promise<Page> {
  const page = await openBrowser(t)
  const complaints: string[] = []
  page.on('pageerror', (error) => { complaints.push(error.message) })
  page.on('console', (message) => { if (/Content Security Policy|TrustedHTML/.test(message.text())) complaints.push(message.text()) })
  await page.goto(url)
  atEnd(t, () => { assert.deepEqual(complaints, []) })
  return page
}

/** The row of a backend in the table. */
export function rowOf (page: Page, name: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })
}

/** The segments of the rotation, as they are read: "server 1 33 %". */
export async function rotationOf (page: Page): Promise<string[]> {
  return await page
    .locator('#rotation > li')
    .evaluateAll((items) =>
      items.map(({ children }) => [...(children as Iterable<{ textContent: string }>)].map(({ textContent }) => textContent).join(' '))
    )
}

/** Waits until a locator's text matches. */
export async function reads (locator: Locator, text: RegExp): Promise<void> {
  let last = ''
  try {
    await until(String(text), async () => text.test(last = await locator.innerText({ timeout: 5000 }).catch(() => '')))
  } catch (error) {
    throw new Error(`expected ${text}, found ${JSON.stringify(last)}`, { cause: error })
  }
}
