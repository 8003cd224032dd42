import { protocols, proxyChoices } from '../../base/protocols.ts'
import { settingsSchemaFor } from '../schema.ts'
import { discoverSchema } from './discover-schema.ts'

const settings = settingsSchemaFor([]).properties

/** A setting that the file can say for one service; where it does not, the one of the environment holds. */
export function inFile<Setting extends { readonly default: unknown }> (whole: Setting): Omit<Setting, 'default'> {
  const { default: _default, ...setting } = whole
  return setting
}

const name = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$' } as const

const protocol = {
  type: 'string',
  enum: protocols,
  description: 'what is spoken over `https://` and `unix:`; `http/1.1` by default; `h2c://` says it by itself'
} as const

const sendProxy = {
  type: 'string',
  enum: proxyChoices,
  description: 'version of the PROXY header that each connection begins with; `none` by default'
} as const

const ownHealthCheck = {
  type: 'object',
  additionalProperties: false,
  description: 'where the health check of this backend differs from that of the others',
  properties: {
    type: {
      type: 'string',
      enum: ['http', 'tcp', 'grpc'],
      description: '`tcp`: it is enough that a connection is accepted; `grpc`: by `grpc.health.v1`'
    },
    service: {
      type: 'string',
      pattern: '^[A-Za-z0-9._/-]{0,255}$',
      description: 'what a check by gRPC asks for; by default the whole server'
    },
    path: { type: 'string', pattern: '^/[!-~]*$', description: 'path of the health check' },
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'port that is checked instead' },
    host: { type: 'string', pattern: '^[A-Za-z0-9._:\\[\\]-]{1,255}$', description: 'the `Host` of the check' },
    status: { type: 'string', pattern: '^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$', description: 'a status, or a range such as `200-299`' }
  }
} as const

const backend = {
  anyOf: [
    { type: 'string', minLength: 1, description: 'a url, with attributes as in `BACKENDS`: `http://10.0.0.1:3000;weight=2`' },
    {
      type: 'object',
      additionalProperties: false,
      required: ['url'],
      properties: {
        url: {
          type: 'string',
          minLength: 1,
          description: 'origin of the backend, `h2c://` for HTTP/2 without TLS, or `unix:` and the path of a socket'
        },
        name: { ...name, description: 'unique within the service; by default the host and port of the url' },
        protocol,
        sendProxy,
        weight: { type: 'integer', minimum: 1, maximum: 1000, description: 'traffic relative to the others; 1 by default' },
        zone: { ...name, description: 'where it stands, in the words of `ZONE`' },
        backup: { type: 'boolean', description: 'gets traffic only while no other backend can' },
        healthCheck: ownHealthCheck
      }
    }
  ]
} as const

/** One service of the file. `strategies`: the choices for `balancer`. */
export function serviceSchemaFor<Strategy extends string> (strategies: readonly Strategy[]) {
  return {
    type: 'object',
    additionalProperties: false,
    description: 'a named set of backends that can answer for each other',
    properties: {
      backends: { type: 'array', items: backend, description: 'backends that are always there' },
      discover: discoverSchema,
      protocol,
      sendProxy,
      balancer: { type: 'string', enum: strategies, description: 'how a backend is chosen for a request' },
      hashKey: inFile(settings.HASH_KEY),
      sticky: {
        type: 'object',
        additionalProperties: false,
        required: ['cookie'],
        description: 'keeps a client with the backend that answered it first',
        properties: {
          cookie: {
            type: 'string',
            pattern: '^[!#$%&\'*+.^_`|~0-9A-Za-z-]*$',
            description: 'name of the cookie; empty: no sticky sessions'
          },
          secret: { type: 'string', minLength: 16, description: 'signs the cookie; by default `STICKY_SECRET`' }
        }
      },
      zone: inFile(settings.ZONE),
      healthCheck: {
        type: 'object',
        additionalProperties: false,
        description: 'how its backends are checked',
        properties: {
          type: ownHealthCheck.properties.type,
          service: ownHealthCheck.properties.service,
          path: inFile(settings.HEALTH_CHECK_PATH),
          intervalMs: inFile(settings.HEALTH_CHECK_INTERVAL_MS),
          timeoutMs: inFile(settings.HEALTH_CHECK_TIMEOUT_MS),
          fall: inFile(settings.HEALTH_CHECK_FALL),
          rise: inFile(settings.HEALTH_CHECK_RISE),
          status: inFile(settings.HEALTH_CHECK_STATUS)
        }
      },
      outliers: {
        type: 'object',
        additionalProperties: false,
        description: 'when live traffic ejects a backend',
        properties: {
          failures: inFile(settings.OUTLIER_FAILURES),
          ejectMs: inFile(settings.OUTLIER_EJECT_MS),
          maxEjectedPercent: inFile(settings.OUTLIER_MAX_EJECTED_PERCENT)
        }
      },
      slowStartMs: inFile(settings.SLOW_START_MS),
      maxRequestsPerBackend: inFile(settings.MAX_REQUESTS_PER_BACKEND),
      queue: {
        type: 'object',
        additionalProperties: false,
        description: 'where requests wait for a backend',
        properties: { size: inFile(settings.QUEUE_SIZE), timeoutMs: inFile(settings.QUEUE_TIMEOUT_MS) }
      },
      retryBudgetPercent: inFile(settings.RETRY_BUDGET_PERCENT),
      timeouts: {
        type: 'object',
        additionalProperties: false,
        description: 'time limits of connections to its backends',
        properties: { connectMs: inFile(settings.CONNECT_TIMEOUT_MS) }
      },
      keepAliveMs: inFile(settings.UPSTREAM_KEEP_ALIVE_MS),
      tls: {
        type: 'object',
        additionalProperties: false,
        description: 'how its `https` backends are verified, and how the gateway shows them who it is',
        properties: {
          ca: { type: 'string', minLength: 1, description: 'a PEM file of authorities that are trusted instead of those of Node.js' },
          serverName: {
            type: 'string',
            pattern: '^[A-Za-z0-9._-]{1,253}$',
            description: 'the name that is asked for and verified; by default that of the url'
          },
          verify: { type: 'boolean', description: '`false`: any certificate is accepted' },
          cert: { type: 'string', minLength: 1, description: 'a PEM file of the certificate that the gateway shows, with its chain' },
          key: { type: 'string', minLength: 1, description: 'a PEM file of its key' }
        }
      }
    }
  } as const
}
