import { OperatorError } from './operator-error.ts'

/** Settings whose values are never shown. */
export const secretSettings: ReadonlySet<string> = new Set(['ADMIN_TOKEN', 'STICKY_SECRET', 'TLS_TICKET_SECRET'])

/** An invalid setting: one line with the variable, the value, and what is expected. */
export class SettingError extends OperatorError {
  override readonly name = 'SettingError'

  constructor (setting: string, value: unknown, expected: string) {
    super(`${setting}=${shown(setting, value)} is not valid: ${expected}`)
  }
}

function shown (setting: string, value: unknown): string {
  if (secretSettings.has(setting)) return '(hidden)'
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
