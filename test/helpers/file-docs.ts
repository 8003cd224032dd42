import { settingsSchema } from '../../plugins/config.ts'
import { strategies } from '../../src/balancing/strategies.ts'
import { fileSchemaFor } from '../../src/config/file/schema.ts'

/** What is known of a part of the schema here. */
interface Part {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Part>>
  readonly additionalProperties?: Part | boolean
  readonly items?: Part
  readonly anyOf?: readonly Part[]
  readonly enum?: ReadonlyArray<string | number>
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
}

const schema = fileSchemaFor(Object.keys(strategies))
const beginMark = '<!-- keys -->'
const endMark = '<!-- /keys -->'

/** What an editor takes besides: a value, or a part of one, that comes from the environment. */
const fromEnvironment = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}' }

/** `schema.json`: the schema of the file for editors. */
export function renderFileSchema (): string {
  return `${JSON.stringify(forEditors(schema), null, 2)}\n`
}

/** With `${NAME}` wherever the gateway would refuse the text for what it is before it is replaced. */
function forEditors (part: unknown): unknown {
  if (Array.isArray(part)) return part.map(forEditors)
  if (typeof part !== 'object' || part === null) return part
  const whole = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, key === 'propertyNames' ? value : forEditors(value)]))
  const { type, description, enum: choices, pattern } = part as Part
  const isPicky = type === 'integer' || type === 'boolean' || (type === 'string' && (choices !== undefined || pattern !== undefined))
  return isPicky ? { ...description !== undefined && { description }, anyOf: [whole, fromEnvironment] } : whole
}

/** The text with the tables between the marks replaced by those that the schema gives. */
export function withKeyTables (page: string): string {
  const begin = page.indexOf(beginMark)
  const end = page.indexOf(endMark)
  if (begin < 0 || end < begin) throw new Error(`the page has no ${beginMark} … ${endMark}`)
  const { services, routes } = schema.properties
  const service = tableOf('a service', services.additionalProperties)
  return `${page.slice(0, begin + beginMark.length)}\n${service}\n${tableOf('a route', routes.items)}${page.slice(end)}`
}

function tableOf (what: string, part: Part): string {
  const rows = rowsOf(part, '').map(([key, each]) =>
    `| \`${key}\` | ${valuesOf(each)} | ${defaultOf(each)} | ${each.description ?? ''} |\n`)
  return `| key of ${what} | values | default | |\n|---|---|---|---|\n${rows.join('')}`
}

function rowsOf ({ properties = {} }: Part, path: string): Array<readonly [string, Part]> {
  return Object.entries(properties).flatMap(([name, part]) => {
    const key = `${path}${name}`
    return part.properties === undefined ? [[key, part] as const] : rowsOf(part, `${key}.`)
  })
}

/** The setting of the environment that holds where the file does not say otherwise is told by its words, which they share. */
function defaultOf ({ description }: Part): string {
  const setting = Object.entries<Part>(settingsSchema.properties).find(([, each]) => each.description === description)?.[0]
  return setting === undefined ? '' : `\`${setting}\``
}

function valuesOf ({ type = '', enum: choices, minimum, maximum, anyOf, items }: Part): string {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ')
  if (anyOf !== undefined) return [...new Set(anyOf.map(valuesOf))].join(', or ')
  if (type === 'array') return `a list of ${(items?.anyOf ?? [items]).map((item) => `${names[item?.type ?? '']}s`).join(' or ')}`
  if (type === 'integer') return `${minimum} to ${maximum}`
  return names[type] ?? type
}

const names: Readonly<Record<string, string>> = { string: 'text', object: 'map', boolean: '`true`, `false`' }
