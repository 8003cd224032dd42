/*
 * What goes over the API, as JSON schemas: they validate, they serialize, and they are the OpenAPI document. A body is
 * taken as it is: nothing is converted, and what is not known is refused.
 */

const name = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$', description: 'unique among the backends; by default the host and port of the url' } as const
const weight = { type: 'integer', minimum: 1, maximum: 1000, description: 'how much of the traffic it gets, relative to the others' } as const
const zone = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$', description: 'where it stands, in the words of ZONE' } as const
const backup = { type: 'boolean', description: 'used only while no other backend can be' } as const
const desiredState = { type: 'string', enum: ['ready', 'draining', 'maintenance'], description: 'what an operator wants' } as const
const ttlMs = { type: 'integer', minimum: 100, maximum: 86_400_000, description: 'it is taken for gone when it is not renewed for so long; without it, it stays until it is deleted' } as const
const instance = {
  type: 'string',
  pattern: '^[A-Za-z0-9_-]{8,64}$',
  description: 'random, one for each process that serves this url: the backend leaves when the last of them has left'
} as const

const healthCheck = {
  type: 'object',
  additionalProperties: false,
  description: 'where its health check differs from HEALTH_CHECK_…',
  properties: {
    type: { type: 'string', enum: ['http', 'tcp'] },
    path: { type: 'string', pattern: '^/[!-~]*$', maxLength: 2048 },
    port: { type: 'integer', minimum: 1, maximum: 65_535 },
    host: { type: 'string', pattern: '^[A-Za-z0-9._:\\[\\]-]{1,255}$' },
    status: { type: 'string', pattern: '^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$' }
  }
} as const

const url = { type: 'string', maxLength: 2048, description: 'origin of the backend, such as http://10.0.0.1:3000' } as const

export const registrationBody = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: { url, name, weight, zone, backup, healthCheck, ttlMs, instance }
} as const

export const changeBody = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { name, weight, zone, backup, healthCheck, desiredState }
} as const

export const renewalQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    instance,
    ttlMs: { type: 'string', pattern: '^[1-9][0-9]{2,7}$', description: 'for one that has no lease so far' }
  }
} as const

export const leaveQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    instance: { ...instance, description: 'who leaves; without it the backend is deleted, whoever holds it' },
    drainMs: { type: 'string', pattern: '^[0-9]{1,8}$' }
  }
} as const

export const backendResponse = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    url: { type: 'string' },
    name: { type: 'string' },
    weight: { type: 'integer' },
    effectiveWeight: { type: 'number', description: 'the weight that counts now: less than `weight` during a slow start' },
    zone: { type: 'string', nullable: true },
    backup: { type: 'boolean' },
    source: { type: 'string', enum: ['configured', 'registered'] },
    desiredState,
    state: { type: 'string', enum: ['unchecked', 'healthy', 'unhealthy', 'ejected', 'probing', 'draining', 'drained', 'maintenance'] },
    since: { type: 'string', format: 'date-time', description: 'when it came into this state' },
    why: { type: 'string', description: 'what led to this state, such as `connection refused`' },
    inRotation: { type: 'boolean' },
    inFlight: { type: 'integer' },
    latencyMs: {
      type: 'number',
      nullable: true,
      description: 'the estimate of the balancers: an average time to the first byte in which peaks count most; p50 and p99 are in `/api/samples`'
    },
    healthCheck: { type: 'object', additionalProperties: true },
    lease: {
      type: 'object',
      nullable: true,
      description: 'the one that ends last, where it has several holders',
      properties: { ttlMs: { type: 'integer' }, expiresAt: { type: 'string' } }
    },
    holders: { type: 'integer', description: 'processes that have registered with this url and are alive' },
    lastCheck: {
      type: 'object',
      nullable: true,
      properties: { passed: { type: 'boolean' }, detail: { type: 'string' }, durationMs: { type: 'number' }, at: { type: 'string' } }
    }
  }
} as const

export const errorResponse = {
  type: 'object',
  properties: { statusCode: { type: 'integer' }, code: { type: 'string' }, error: { type: 'string' }, message: { type: 'string' } }
} as const

const { url: _url, instance: _instance, ...persisted } = registrationBody.properties

const holder = { type: 'object', additionalProperties: false, properties: { instance, ttlMs } } as const
const holders = { type: 'array', minItems: 1, items: holder } as const

/** What `REGISTRY_FILE` holds. */
export const registryStateSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'registered', 'configured'],
  properties: {
    version: { const: 1 },
    registered: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['url', 'name', 'weight'],
        properties: { url, ...persisted, holders, state: desiredState }
      }
    },
    configured: {
      type: 'array',
      items: { type: 'object', additionalProperties: false, required: ['url'], properties: { url, weight, state: desiredState } }
    }
  }
} as const
