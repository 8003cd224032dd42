import { protocols, proxyChoices } from '../base/protocols.ts'

/*
 * The JSON schemas of the API: they validate, they serialize, and they are the OpenAPI document. Bodies are never
 * coerced, and unknown properties are refused.
 */

const name = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$',
  description: 'unique among the backends of its service; by default the host and port of the url'
} as const
const weight = {
  type: 'integer',
  minimum: 1,
  maximum: 1000,
  description: 'how much of the traffic it gets, relative to the others'
} as const
const zone = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$',
  description: 'the zone it runs in, as in the setting ZONE'
} as const
const protocol = {
  type: 'string',
  enum: protocols,
  description: 'what is spoken with it; by default what its url says: `h2` for h2c://, and `http/1.1` for others'
} as const
const sendProxy = {
  type: 'string',
  enum: proxyChoices,
  description: 'each connection to it begins with a header of the PROXY protocol, of this version, that states who the client is'
} as const
const backup = { type: 'boolean', description: 'gets traffic only while no other backend can' } as const
const desiredState = { type: 'string', enum: ['ready', 'draining', 'maintenance'], description: 'what an operator wants' } as const
const ttlMs = {
  type: 'integer',
  minimum: 100,
  maximum: 86_400_000,
  description: 'the lease: without a heartbeat for this time the backend counts as gone; without `ttlMs` it stays until it is deleted'
} as const
const instance = {
  type: 'string',
  pattern: '^[A-Za-z0-9_-]{8,64}$',
  description: 'random, one per process that serves this url: the backend leaves when the last of them has left'
} as const

const healthCheck = {
  type: 'object',
  additionalProperties: false,
  description: 'overrides of the HEALTH_CHECK_… settings',
  properties: {
    type: { type: 'string', enum: ['http', 'tcp', 'grpc'] },
    service: { type: 'string', pattern: '^[A-Za-z0-9._/-]{0,255}$', description: 'what a check by gRPC asks for' },
    path: { type: 'string', pattern: '^/[!-~]*$', maxLength: 2048 },
    port: { type: 'integer', minimum: 1, maximum: 65_535 },
    host: { type: 'string', pattern: '^[A-Za-z0-9._:\\[\\]-]{1,255}$' },
    status: { type: 'string', pattern: '^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$' }
  }
} as const

const url = {
  type: 'string',
  maxLength: 2048,
  description: 'origin of the backend, such as http://10.0.0.1:3000, or h2c://10.0.0.1:50051 for HTTP/2 without TLS'
} as const

const service = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9._-]{0,62}$',
  description: 'the service that it belongs to, which is made if there is none of this name; by default `default`'
} as const

const textOrTexts = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] } as const
const texts = { type: 'object', additionalProperties: { type: 'string' } } as const

/** The object first: it is the first branch whose problem is told. */
const route = {
  anyOf: [
    {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        host: { ...textOrTexts, description: 'such as `shop.example.com` or `*.example.com`; by default any' },
        path: { type: 'string', description: 'this path and everything below it, by whole segments' },
        exactPath: { type: 'string', description: 'this path alone' },
        method: textOrTexts,
        header: { ...texts, description: 'headers and the values that they must have' },
        cookie: { ...texts, description: 'cookies and the values that they must have' },
        stripPrefix: { type: 'boolean', description: 'takes `path` away before the request is forwarded' },
        replacePrefix: { type: 'string', description: 'what takes the place of `path`' }
      }
    },
    { type: 'string', description: '`[METHOD ][host]/path`' }
  ]
} as const

const routes = {
  type: 'array',
  maxItems: 100,
  items: route,
  description: 'what it serves: requests that match go to the backends of its service that announce the same'
} as const

export const registrationBody = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: { url, service, routes, name, protocol, sendProxy, weight, zone, backup, healthCheck, ttlMs, instance }
} as const

export const changeBody = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { name, protocol, sendProxy, weight, zone, backup, healthCheck, desiredState }
} as const

export const renewalQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    instance,
    ttlMs: { type: 'string', pattern: '^[1-9][0-9]{2,7}$', description: 'for a holder that has no lease yet' }
  }
} as const

export const leaveQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    instance: { ...instance, description: 'the process that leaves; without it the backend is deleted for all of its processes' },
    drainMs: { type: 'string', pattern: '^[0-9]{1,8}$' }
  }
} as const

export const backendResponse = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    service: { type: 'string', description: 'the service that it belongs to' },
    url: { type: 'string' },
    protocol: { type: 'string', enum: protocols, description: 'what is spoken with it' },
    sendProxy: { type: 'string', nullable: true, description: 'version of the PROXY header that its connections begin with' },
    name: { type: 'string' },
    weight: { type: 'integer' },
    effectiveWeight: { type: 'number', description: 'the weight that counts now: less than `weight` during a slow start' },
    zone: { type: 'string', nullable: true },
    backup: { type: 'boolean' },
    source: { type: 'string', enum: ['configured', 'registered', 'dns'] },
    desiredState,
    state: { type: 'string', enum: ['unchecked', 'healthy', 'unhealthy', 'ejected', 'probing', 'draining', 'drained', 'maintenance'] },
    since: { type: 'string', format: 'date-time', description: 'when it entered this state' },
    why: { type: 'string', description: 'the reason for this state, such as `connection refused`' },
    inRotation: { type: 'boolean' },
    inFlight: { type: 'integer' },
    latencyMs: {
      type: 'number',
      nullable: true,
      description:
        'the estimate used by `least-latency`: average time to the first byte, peaks weighted most; p50 and p99 are in `/api/samples`'
    },
    healthCheck: { type: 'object', additionalProperties: true },
    lease: {
      type: 'object',
      nullable: true,
      description: 'with several holders, the lease that expires last',
      properties: { ttlMs: { type: 'integer' }, expiresAt: { type: 'string' } }
    },
    holders: { type: 'integer', description: 'live processes that have registered this url' },
    routes: { type: 'array', items: { type: 'string' }, description: 'the routes that it announces, if any' },
    lastCheck: {
      type: 'object',
      nullable: true,
      properties: { passed: { type: 'boolean' }, detail: { type: 'string' }, durationMs: { type: 'number' }, at: { type: 'string' } }
    }
  }
} as const

export const workersResponse = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      number: { type: 'integer', description: 'counts from 1; one that is started instead of another has the same number' },
      pid: { type: 'integer' },
      up: { type: 'boolean' },
      restarts: { type: 'integer', description: 'how often it was started again' },
      connections: { type: 'integer', description: 'connections of clients' },
      requests: { type: 'integer', nullable: true, description: 'of the last second' },
      eventLoopUtilization: { type: 'number', description: 'the fraction of the last second that its event loop was busy, 0 to 1' },
      residentBytes: { type: 'integer' },
      since: { type: 'string', format: 'date-time', description: 'when its process was started' }
    }
  }
} as const

export const errorResponse = {
  type: 'object',
  properties: { statusCode: { type: 'integer' }, code: { type: 'string' }, error: { type: 'string' }, message: { type: 'string' } }
} as const
