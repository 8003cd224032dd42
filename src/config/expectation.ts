import { settingNames, type SettingName, type SettingsSchema } from './schema.ts'
import { SettingError } from './setting-error.ts'

/** For settings whose description does not say it. */
const expectations: Partial<Record<SettingName, string>> = {
  ACME_DIRECTORY: 'a url that begins with https://',
  ACME_EMAIL: 'an address such as ops@example.com',
  ADMIN_TOKEN: 'at least 16 characters (ASCII, no blanks), such as `openssl rand -hex 16` prints',
  HASH_KEY: 'ip, path, header:NAME or cookie:NAME',
  HEALTH_CHECK_STATUS: 'a status or a range such as 200-399',
  STICKY_SECRET: 'at least 16 characters, such as `openssl rand -hex 16` prints'
}

/** What is expected of a value of this setting, as a phrase. */
export function expectationOf (setting: SettingName, { properties }: SettingsSchema): string {
  if (expectations[setting] !== undefined) return `expected ${expectations[setting]}`
  const property = properties[setting]
  if ('enum' in property) return `expected one of ${property.enum.join(', ')}`
  if (property.type === 'integer') return `expected an integer from ${property.minimum} to ${property.maximum}`
  if (property.type === 'boolean') return 'expected true or false'
  return `expected ${property.description}`
}

interface ValidationFailure {
  readonly instancePath: string
  readonly data?: unknown
}

/** Turns the error of the schema's validator into a `SettingError` about the first invalid setting. */
export function asSettingError (error: unknown, schema: SettingsSchema): unknown {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return error
  const failure: ValidationFailure | undefined = error.errors[0]
  const name = settingNames.find((setting) => `/${setting}` === failure?.instancePath)
  return name === undefined ? error : new SettingError(name, failure?.data, expectationOf(name, schema))
}
