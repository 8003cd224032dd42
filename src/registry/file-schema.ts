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
    type: { type: 'string', enum: ['http', 'tcp', 'grpc'] },
    service: { type: 'string', maxLength: 256 },
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

/** All backends are of the service `default`, and none announces a route. */
const version1 = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'registered', 'configured'],
  properties: {
    version: { const: 1 },
    registered: { type: 'array', items: registered },
    configured: { type: 'array', items: configured }
  }
} as const

/** Missing: `default`. */
const service = { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' } as const
const texts = { type: 'array', items: { type: 'string' } } as const
const values = { type: 'object', additionalProperties: { type: 'string' } } as const

const route = {
  type: 'object',
  additionalProperties: false,
  properties: {
    host: texts,
    path: { type: 'string' },
    exactPath: { type: 'string' },
    method: texts,
    header: values,
    cookie: values,
    replacePrefix: { type: 'string' }
  }
} as const

const routes = { type: 'array', items: route } as const

/** A route whose backends have all left; `endsAt` is in ms since the epoch. */
const kept = {
  type: 'object',
  additionalProperties: false,
  required: ['service', 'route', 'endsAt'],
  properties: { service, route, endsAt: { type: 'integer' } }
} as const

/** What DNS last said. */
const discovered = {
  type: 'object',
  additionalProperties: false,
  required: ['url', 'service', 'name', 'weight'],
  properties: { url, service, name, weight, backup: { type: 'boolean' } }
} as const

const onlyIn2 = {
  service,
  routes,
  protocol: { type: 'string', enum: ['h2'] },
  sendProxy: { type: 'string', enum: ['v1', 'v2'] }
} as const

const version2 = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'registered', 'configured', 'routes', 'discovered'],
  properties: {
    version: { const: 2 },
    registered: { type: 'array', items: { ...registered, properties: { ...registered.properties, ...onlyIn2 } } },
    configured: { type: 'array', items: { ...configured, properties: { ...configured.properties, service, routes } } },
    routes: { type: 'array', items: kept },
    discovered: { type: 'array', items: discovered }
  }
} as const

/** By their numbers. What needs nothing of a later version is written as an earlier one, which older gateways read. */
export const registryFileSchemas = { 1: version1, 2: version2 } as const

export type PersistedRoute = FromSchema<typeof route>
export type PersistedDiscovered = FromSchema<typeof discovered>
export type PersistedBackend = FromSchema<typeof version2.properties.registered.items>
export type PersistedDecision = FromSchema<typeof version2.properties.configured.items>
export type RegistryState = FromSchema<typeof version1> | FromSchema<typeof version2>
