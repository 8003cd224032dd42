import { privateRanges } from '../base/address-ranges.ts'
import { acmeSettings } from './acme-settings.ts'
import { http2Settings } from './http2-settings.ts'
import { tlsSettings } from './tls-settings.ts'
import { trafficSettings } from './traffic-settings.ts'

/**
 * The only place where settings are declared, with those of the files beside it. The `Settings` type, the validation,
 * `.env.example` and the table in docs/settings.md are derived from this schema; a test checks the last two. `strategies`: the
 * choices for BALANCER.
 */
export function settingsSchemaFor<Strategy extends string> (strategies: readonly Strategy[]) {
  const properties = {
    NODE_ENV: { type: 'string', default: '', description: '`production`: no demo backends are started when `BACKENDS` is empty' },
    HOST: { type: 'string', minLength: 1, default: '0.0.0.0', description: 'address of the traffic listener' },
    PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: 5173, description: 'port of the traffic listener (0: any free one)' },
    WORKERS: {
      type: 'integer',
      minimum: 0,
      maximum: 1024,
      default: 1,
      description: 'processes that serve the traffic (1: one process for everything; 0: one for each core)'
    },
    ...tlsSettings,
    ...acmeSettings,
    ...http2Settings,
    ADMIN_HOST: {
      type: 'string',
      minLength: 1,
      default: '127.0.0.1',
      description: 'address of the admin listener; off loopback it needs `ADMIN_TOKEN`'
    },
    ADMIN_PORT: {
      type: 'integer',
      minimum: 0,
      maximum: 65_535,
      default: 5174,
      description: 'port of the admin listener (0: any free one)'
    },
    ADMIN_TOKEN: {
      type: 'string',
      pattern: '^([!-~]{16,})?$',
      default: '',
      description: 'bearer token required for `/api/…`, of at least 16 characters, such as `openssl rand -hex 16` ' +
        'prints; empty: none is required'
    },
    BACKENDS: {
      type: 'string',
      default: '',
      description: 'backends, separated by commas: `http://a:3000;weight=2;zone=eu-1;name=a,https://b;backup=true,unix:/run/c.sock`'
    },
    CONFIG_FILE: {
      type: 'string',
      default: 'evenkeel.yaml',
      description: 'file with services and routes, reloaded when it changes; the default one may be absent; empty: none'
    },
    BALANCER: { type: 'string', enum: strategies, default: 'round-robin', description: 'how a backend is chosen for a request' },
    HASH_KEY: {
      type: 'string',
      pattern: '^(ip|path|(header|cookie):[!#$%&\'*+.^_`|~0-9A-Za-z-]+)$',
      default: 'ip',
      description: 'for `consistent-hash`: `ip`, `path`, `header:NAME` or `cookie:NAME`; requests without it go to any backend'
    },
    STICKY_COOKIE: {
      type: 'string',
      pattern: '^[!#$%&\'*+.^_`|~0-9A-Za-z-]*$',
      default: '',
      description: 'name of the cookie that keeps a client with its backend; empty: no sticky sessions'
    },
    STICKY_SECRET: {
      type: 'string',
      pattern: '^([^]{16,})?$',
      default: '',
      description: 'signs that cookie; at least 16 characters, such as `openssl rand -hex 16` prints; empty: a new one at each start'
    },
    ZONE: {
      type: 'string',
      default: '',
      description: 'zone of this gateway: backends in it come first while 70 % of their weight is healthy'
    },
    REGISTRY_FILE: {
      type: 'string',
      default: 'data/registry.json',
      description: 'keeps registered backends and operators\' decisions across a restart; empty: memory only'
    },
    REGISTRY_ALLOW: {
      type: 'string',
      default: privateRanges,
      description: 'addresses and CIDRs allowed for backends that register themselves; link-local and metadata addresses never are'
    },
    ROUTE_GRACE_MS: {
      type: 'integer',
      minimum: 0,
      maximum: 604_800_000,
      default: 3_600_000,
      description: 'how long the routes that backends announced answer 503 after the last backend of their service has left (0: not at all)'
    },
    HEALTH_CHECK_PATH: {
      type: 'string',
      pattern: '^/[!-~]*$',
      default: '/health',
      description: 'path of the health check, starting with `/`'
    },
    HEALTH_CHECK_INTERVAL_MS: {
      type: 'integer',
      minimum: 10,
      maximum: 3_600_000,
      default: 2000,
      description: 'from the start of a check to the start of the next, ± 10 %'
    },
    HEALTH_CHECK_TIMEOUT_MS: {
      type: 'integer',
      minimum: 1,
      maximum: 3_600_000,
      default: 1000,
      description: 'a check without a response within this time has failed'
    },
    HEALTH_CHECK_FALL: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 3,
      description: 'failed checks in a row that take a backend out of rotation'
    },
    HEALTH_CHECK_RISE: { type: 'integer', minimum: 1, maximum: 1000, default: 2, description: 'passed checks in a row that bring it back' },
    HEALTH_CHECK_STATUS: {
      type: 'string',
      pattern: '^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$',
      default: '200-399',
      description: 'a status or a range of statuses that passes a check'
    },
    OUTLIER_FAILURES: {
      type: 'integer',
      minimum: 0,
      maximum: 1000,
      default: 5,
      description: 'failures in a row of live traffic (no response, or 5xx) that eject a backend (0: never)'
    },
    OUTLIER_EJECT_MS: {
      type: 'integer',
      minimum: 1,
      maximum: 120_000,
      default: 10_000,
      description: 'how long the first ejection lasts; further ones last longer, up to 2 minutes'
    },
    OUTLIER_MAX_EJECTED_PERCENT: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      default: 50,
      description: 'maximum percentage of backends that may be ejected; one of several always may, unless this is 0'
    },
    SLOW_START_MS: {
      type: 'integer',
      minimum: 0,
      maximum: 3_600_000,
      default: 0,
      description: 'time over which a backend that comes back grows to its full weight (0: at once)'
    },
    ...trafficSettings,
    PLUGINS: { type: 'string', default: '', description: 'files of your own Fastify plugins, separated by commas' },
    SHUTDOWN_DELAY_MS: {
      type: 'integer',
      minimum: 0,
      maximum: 3_600_000,
      default: 0,
      description: 'after SIGTERM, time during which the gateway still serves but is not ready'
    },
    SHUTDOWN_TIMEOUT_MS: {
      type: 'integer',
      minimum: 1,
      maximum: 3_600_000,
      default: 25_000,
      description: 'after `SHUTDOWN_DELAY_MS`, time for requests in flight to finish'
    },
    LOG_LEVEL: {
      type: 'string',
      enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      default: 'info',
      description: 'lowest level that is logged'
    },
    ACCESS_LOG: { type: 'boolean', default: true, description: 'log one line per request, at level `info`' }
  } as const
  return { type: 'object', properties } as const
}

export type SettingsSchema<Strategy extends string = string> = ReturnType<typeof settingsSchemaFor<Strategy>>

interface JsonTypes { string: string, integer: number, boolean: boolean }
type Properties<Strategy extends string> = SettingsSchema<Strategy>['properties']

export type SettingName = keyof Properties<string>

export const settingNames = Object.keys(settingsSchemaFor([]).properties) as readonly SettingName[]

/** The validated settings, defaults filled in. */
export type SettingsFor<Strategy extends string> = {
  readonly [Name in SettingName]: Properties<Strategy>[Name] extends { readonly enum: readonly (infer Choice)[] }
    ? Choice
    : JsonTypes[Properties<Strategy>[Name]['type']]
}
