import { OperatorError } from './operator-error.ts'
import { settingsSchema, type SettingName } from './schema.ts'

/** An invalid setting: one line with the variable, the value, and what is expected. */
export class SettingError extends OperatorError {
  override readonly name = 'SettingError'

  constructor (setting: SettingName, value: unknown, expected: string) {
    super(`${setting}=${shown(setting, value)} is not valid: ${expected}`)
  }
}

/** Settings that are never shown, and what is expected of each. */
const secrets: Partial<Record<SettingName, string>> = {
  ADMIN_TOKEN: 'at least 16 characters (ASCII, no blanks), such as `openssl rand -hex 16` prints',
  STICKY_SECRET: 'at least 16 characters, such as `openssl rand -hex 16` prints'
}

/** What is expected of a value of this setting, as a phrase. */
export function expectation (setting: SettingName): string {
  if (secrets[setting] !== undefined) return `expected ${secrets[setting]}`
  const property = settingsSchema.properties[setting]
  if ('enum' in property) return `expected one of ${property.enum.join(', ')}`
  if (property.type === 'integer') return `expected an integer from ${property.minimum} to ${property.maximum}`
  if (property.type === 'boolean') return 'expected true or false'
  return `expected ${property.description}`
}

function shown (setting: SettingName, value: unknown): string {
  if (secrets[setting] !== undefined) return '(hidden)'
  const text = withoutCredentials(String(value).replace(/[^ -~]/g, '?'))
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** Credentials in a url must not end up in a log either, even if the url is invalid. */
function withoutCredentials (text: string): string {
  const end = text.lastIndexOf('@')
  if (end === -1) return text
  const slashes = text.slice(0, end).indexOf('//')
  return `${slashes === -1 ? '' : text.slice(0, slashes + 2)}(hidden)${text.slice(end)}`
}

interface ValidationFailure {
  readonly instancePath: string
  readonly data?: unknown
}

/** Turns the error of the schema's validator into a `SettingError` about the first invalid setting. */
export function asSettingError (error: unknown): unknown {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return error
  const failure: ValidationFailure | undefined = error.errors[0]
  const name = failure?.instancePath.slice(1)
  if (failure === undefined || name === undefined || !isSettingName(name)) return error
  return new SettingError(name, failure.data, expectation(name))
}

function isSettingName (name: string): name is SettingName {
  return Object.hasOwn(settingsSchema.properties, name)
}
