import { addressText, parseBackendUrl, type BackendSpec } from '../backends/backend.ts'
import { SettingError } from './setting-error.ts'

/**
 * Reads `BACKENDS`: a comma between backends, `;key=value` for their attributes. Throws a `SettingError` that quotes the
 * entry which cannot be used.
 */
export function parseBackends (value: string): BackendSpec[] {
  const specs = value.trim() === '' ? [] : value.split(',').map(parseEntry)
  refuseRepeated(specs, 'url')
  refuseRepeated(specs, 'name')
  return specs
}

function parseEntry (entry: string): BackendSpec {
  const [address = '', ...attributes] = entry.split(';').map((part) => part.trim())
  const url = parseBackendUrl(address)
  if (typeof url === 'string') throw new SettingError('BACKENDS', entry.trim(), url)
  const spec = { url, name: url.host || url.pathname, weight: 1 }
  const seen = new Set<string>()
  for (const attribute of attributes) {
    const { key, text } = parseAttribute(entry, attribute)
    if (seen.has(key)) throw new SettingError('BACKENDS', entry.trim(), `the attribute "${key}" is given twice`)
    seen.add(key)
    if (key === 'weight') spec.weight = parseWeight(entry, text)
    else if (key === 'name') spec.name = parseName(entry, text)
    else throw new SettingError('BACKENDS', entry.trim(), `unknown attribute "${key}"; known are weight and name`)
  }
  return spec
}

function parseAttribute (entry: string, attribute: string): { key: string, text: string } {
  const equals = attribute.indexOf('=')
  if (equals < 1) throw new SettingError('BACKENDS', entry.trim(), `"${attribute}" is not of the form key=value`)
  return { key: attribute.slice(0, equals).trim(), text: attribute.slice(equals + 1).trim() }
}

function parseWeight (entry: string, text: string): number {
  const weight = Number(text)
  if (/^[0-9]+$/.test(text) && weight >= 1 && weight <= 1000) return weight
  throw new SettingError('BACKENDS', entry.trim(), `weight "${text}" is not an integer from 1 to 1000`)
}

function parseName (entry: string, text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(text)) return text
  throw new SettingError('BACKENDS', entry.trim(), `name "${text}" is not 1 to 64 letters, digits, ".", "_", ":" or "-"`)
}

function refuseRepeated (specs: BackendSpec[], key: 'url' | 'name'): void {
  const seen = new Set<string>()
  for (const spec of specs) {
    const identity = key === 'url' ? addressText(spec.url) : spec.name
    if (seen.has(identity)) throw new SettingError('BACKENDS', identity, `this ${key} is listed twice`)
    seen.add(identity)
  }
}
