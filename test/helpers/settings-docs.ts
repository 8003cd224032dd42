import { settingsSchema } from '../../plugins/config.ts'

interface Setting {
  readonly type: string
  readonly default: string | number | boolean
  readonly description: string
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly string[]
}

const settings = Object.entries<Setting>(settingsSchema.properties)
const beginMark = '<!-- settings -->'
const endMark = '<!-- /settings -->'

/** `.env.example`: every setting in the order of the schema, commented out, so that a copy of the file changes nothing. */
export function renderEnvExample (): string {
  const head = '# Settings of Evenkeel. Copy this file to .env; environment variables take precedence. Every line shows the default.\n'
  return head + settings.map(([name, setting]) => {
    const values = valuesOf(setting).replaceAll('`', '')
    const description = setting.description.replaceAll('`', '')
    return `\n# ${description}${values && ` [${values}]`}\n#${name}=${setting.default}\n`
  }).join('')
}

/** The table in docs/settings.md. */
export function renderSettingsTable (): string {
  const rows = settings.map(([name, setting]) => {
    const value = setting.default === '' ? 'none' : `\`${setting.default}\``
    return `| \`${name}\` | ${value} | ${valuesOf(setting)} | ${setting.description} |\n`
  })
  return `| variable | default | values | |\n|---|---|---|---|\n${rows.join('')}`
}

/** The text with the table between the marks replaced by the one that the schema gives. */
export function withSettingsTable (page: string): string {
  const begin = page.indexOf(beginMark)
  const end = page.indexOf(endMark)
  if (begin < 0 || end < begin) throw new Error(`the page has no ${beginMark} … ${endMark}`)
  return `${page.slice(0, begin + beginMark.length)}\n${renderSettingsTable()}${page.slice(end)}`
}

function valuesOf ({ type, minimum, maximum, enum: choices }: Setting): string {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ')
  if (type === 'integer') return `${minimum} to ${maximum}`
  return type === 'boolean' ? '`true`, `false`' : ''
}
