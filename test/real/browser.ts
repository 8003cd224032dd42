import type { TestContext } from 'node:test'
import { chromium, type Page } from 'playwright-core'
import { atEnd } from './at-end.ts'
import { bareEnv } from './bare-env.ts'
import { program } from './program.ts'
import { tempDir } from './temp-dir.ts'

/** Opens an empty page in a headless Chromium with a profile of its own, which reaches nothing but 127.0.0.1; with further arguments. */
export async function openBrowser (t: TestContext, args: readonly string[] = []): Promise<Page> {
  const home = tempDir(t)
  const context = await chromium.launchPersistentContext(`${home}/profile`, {
    executablePath: program('chromium'),
    env: bareEnv(home),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ...args
    ]
  })
  atEnd(t, () => context.close())
  return await context.newPage()
}
