import type { FromSchema } from '../base/from-schema.ts'

/*
 * The format of `REGISTRY_FILE`. It is its own, and not derived from the API's: what an old file may hold changes only with a new
 * `version`, and old versions stay readable.
 */

const url = { type: 'string', maxLength: 2048 } as const
const name = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$' } as const
const weight = { type: 'integer', minimum: 1, maximum: 1000 } as const
const state = { type: 'string', enum: ['ready', 'draining', 'maintenance'] } as const
const ttlMs = { type: 'integer', minimum: 100, maximum: 86_400_000 } as const

const healthCheck = {
  type: 'object',
  additionalProperties: false,
  properties: {
    type: { type: 'string', enum: ['http', 'tcp'] },
    path: { type: 'string', pattern: '^/[!-~]*$', maxLength: 2048 },
    port: { type: 'integer', minimum: 1, maximum: 65_535 },
    host: { type: 'string', pattern: '^[A-Za-z0-9._:\\[\\]-]{1,255}$' },
    status: { type: 'string', pattern: '^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$' }
  }
} as const

const holder = {
  type: 'object',
  additionalProperties: false,
  properties: { instance: { type: 'string', pattern: '^[A-Za-z0-9_-]{8,64}$' }, ttlMs }
} as const

const registered = {
  type: 'object',
  additionalProperties: false,
  required: ['url', 'name', 'weight'],
  properties: {
    url,
    name,
    weight,
    zone: name,
    backup: { type: 'boolean' },
    healthCheck,
    /** Of the one holder that gave no name. */
    ttlMs,
    /** Those that gave a name, and one that did not. */
    holders: { type: 'array', minItems: 1, items: holder },
    state
  }
} as const

/** What an operator has decided of a backend in BACKENDS. */
const configured = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: { url, weight, state }
} as const

export const registryFileSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'registered', 'configured'],
  properties: {
    version: { const: 1 },
    registered: { type: 'array', items: registered },
    configured: { type: 'array', items: configured }
  }
} as const

export type PersistedBackend = FromSchema<typeof registered>
export type RegistryState = FromSchema<typeof registryFileSchema>
