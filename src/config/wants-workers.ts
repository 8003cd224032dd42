import { readRawSettings } from './raw-settings.ts'
import { settingNames } from './schema.ts'

/**
 * Whether WORKERS asks for several processes, read without what validates settings. Where it cannot be read, or is no number, one
 * process finds out what is wrong, and says so.
 */
export function wantsWorkers (env: Readonly<Record<string, string | undefined>>, envFile: string): boolean {
  try {
    const { WORKERS = '1' } = readRawSettings(settingNames, env, envFile).values
    return /^\d+$/.test(WORKERS) && Number(WORKERS) !== 1
  } catch {
    return false
  }
}
