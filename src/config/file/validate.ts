import { Ajv, type ErrorObject } from 'ajv'
import { nearestKey } from '../near-names.ts'
import { textOf, type Path } from './document.ts'

/** What is wrong with a value, as a phrase that follows its path, such as `is not known`. */
export interface Violation {
  readonly path: Path
  /** It is about the key, and not about the value. */
  readonly isKey: boolean
  readonly message: string
  /** The value should have had this type. */
  readonly wanted: string | undefined
}

interface Described {
  readonly type?: string
  readonly description?: string
  readonly properties?: object
}

/** A check of values against a schema, which returns everything that is wrong. Made once for each schema. */
export function createValidator (schema: object): (value: unknown, isSecret: (path: string) => boolean) => Violation[] {
  const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: false })
  const validate = ajv.compile(schema)
  return (value, isSecret) => {
    if (validate(value)) return []
    return withoutNoise(validate.errors ?? []).map((error) => violationOf(error, value, isSecret))
  }
}

/**
 * Where a value may have several forms, all of them report. What counts is said of the one form whose type it has; where it has none,
 * that it is none of them.
 */
function withoutNoise (errors: readonly ErrorObject[]): ErrorObject[] {
  const dropped = new Set<ErrorObject>(errors.filter(({ keyword }) => keyword === 'propertyNames'))
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const branches = union.parentSchema?.['anyOf'] as readonly Described[]
    const fitting = branches.findIndex(({ type }) => type === typeOf(union.data))
    for (const error of errors) {
      const isInside = error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath)
      if (isInside && !error.schemaPath.startsWith(`${union.schemaPath}/${fitting}/`)) dropped.add(error)
    }
    if (fitting !== -1) dropped.add(union)
  }
  return errors.filter((error) => !dropped.has(error))
}

function violationOf (error: ErrorObject, root: unknown, isSecret: (path: string) => boolean): Violation {
  const path = pathTo(error.instancePath, root)
  const { keyword, params, parentSchema } = error
  if (keyword === 'additionalProperties') {
    const key = String(params['additionalProperty'])
    const near = nearestKey(key, Object.keys((parentSchema as Described).properties ?? {}))
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    return { path: [...path, key], isKey: true, message: `is not known${hint}`, wanted: undefined }
  }
  if (keyword === 'pattern' && error.propertyName !== undefined) {
    const message = 'is not a name: lower-case letters, digits, ".", "_" and "-", the first one no sign'
    return { path: [...path, error.propertyName], isKey: true, message, wanted: undefined }
  }
  const shown = isSecret(textOf(path)) ? 'has a value that is not shown' : `is ${shownValue(error.data)}`
  const wanted = keyword === 'type' ? String(params['type']) : undefined
  if (keyword === 'required') return { path, isKey: false, message: `needs the key "${String(params['missingProperty'])}"`, wanted }
  return { path, isKey: false, message: `${shown}, but expected ${expectationOf(error)}`, wanted }
}

function expectationOf ({ keyword, params, parentSchema }: ErrorObject): string {
  const { minimum, maximum } = (parentSchema ?? {}) as { minimum?: number, maximum?: number }
  const { description = 'another value' } = (parentSchema ?? {}) as Described
  switch (keyword) {
    case 'type':
      if (params['type'] === 'integer' && minimum !== undefined) return `an integer from ${minimum} to ${maximum}`
      return nameOfType(String(params['type']))
    case 'minimum':
    case 'maximum': return `an integer from ${minimum} to ${maximum}`
    case 'enum': return `one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`
    case 'minLength': return `at least ${String(params['limit'])} characters`
    case 'minItems': return 'at least one item'
    default: return description.replaceAll('`', '')
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text', array: 'a list', object: 'keys with values', integer: 'an integer', boolean: 'true or false'
}

function nameOfType (type: string): string {
  return typeNames[type] ?? `a value of type ${type}`
}

function typeOf (value: unknown): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
}

function shownValue (value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'keys with values'
  const text = JSON.stringify(value) ?? ''
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** From a JSON pointer (RFC 6901). Numbers are indexes only where there is a list. */
function pathTo (pointer: string, root: unknown): Path {
  const path: Array<string | number> = []
  let value: unknown = root
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(value) ? Number(key) : key)
    value = (value as Record<string, unknown> | null | undefined)?.[key]
  }
  return path
}
