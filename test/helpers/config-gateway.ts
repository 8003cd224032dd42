import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { AppOptions } from '../../src/app.ts'
import { startGateway } from './gateway.ts'
import { temporaryFolder } from './server-process.ts'

/** A gateway with this configuration file, which `write` replaces; its state after that is what `app.configFile.reload()` resolves with. */
export async function startWithFile (
  t: TestContext, text: string, settings: Record<string, string> = {}, options: Partial<AppOptions> = {}
) {
  const path = join(await temporaryFolder(), 'evenkeel.yaml')
  const write = (content: string): Promise<void> => writeFile(path, content)
  await write(text)
  const gateway = await startGateway(t, { ...settings, CONFIG_FILE: path }, options)
  return { ...gateway, path, write }
}
