import { privateRanges } from '../registry/address-ranges.ts'
import { strategies, type StrategyName } from '../balancing/strategies.ts'

/**
 * The only place where a setting is declared. The `Settings` type, the validation, `.env.example` and the table in
 * docs/settings.md are derived from this schema; a test checks the last two.
 */
export const settingsSchema = {
  type: 'object',
  properties: {
    NODE_ENV: { type: 'string', default: '', description: '`production`: no demo backends are started when `BACKENDS` is empty' },
    HOST: { type: 'string', minLength: 1, default: '0.0.0.0', description: 'address of the traffic listener' },
    PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: 5173, description: 'port of the traffic listener (0: any free one)' },
    ADMIN_HOST: { type: 'string', minLength: 1, default: '127.0.0.1', description: 'address of the admin listener; off loopback it needs `ADMIN_TOKEN`' },
    ADMIN_PORT: { type: 'integer', minimum: 0, maximum: 65_535, default: 5174, description: 'port of the admin listener (0: any free one)' },
    ADMIN_TOKEN: { type: 'string', pattern: '^([!-~]{16,})?$', default: '', description: 'bearer token required for `/api/…`, of at least 16 characters, such as `openssl rand -hex 16` prints; empty: none is required' },
    BACKENDS: { type: 'string', default: '', description: 'backends, separated by commas: `http://a:3000;weight=2;zone=eu-1;name=a,https://b;backup=true,unix:/run/c.sock`' },
    BALANCER: { type: 'string', enum: Object.keys(strategies) as StrategyName[], default: 'round-robin', description: 'how a backend is chosen for a request' },
    HASH_KEY: { type: 'string', pattern: '^(ip|path|(header|cookie):[!#$%&\'*+.^_`|~0-9A-Za-z-]+)$', default: 'ip', description: 'for `consistent-hash`: `ip`, `path`, `header:NAME` or `cookie:NAME`; requests without it go to any backend' },
    STICKY_COOKIE: { type: 'string', pattern: '^[!#$%&\'*+.^_`|~0-9A-Za-z-]*$', default: '', description: 'name of the cookie that keeps a client with its backend; empty: no sticky sessions' },
    STICKY_SECRET: { type: 'string', pattern: '^([^]{16,})?$', default: '', description: 'signs that cookie; at least 16 characters, such as `openssl rand -hex 16` prints; empty: a new one at each start' },
    ZONE: { type: 'string', default: '', description: 'zone of this gateway: backends in it come first while 70 % of their weight is healthy' },
    REGISTRY_FILE: { type: 'string', default: 'data/registry.json', description: 'keeps registered backends and operators\' decisions across a restart; empty: memory only' },
    REGISTRY_ALLOW: { type: 'string', default: privateRanges, description: 'addresses and CIDRs allowed for backends that register themselves; link-local and metadata addresses never are' },
    HEALTH_CHECK_PATH: { type: 'string', pattern: '^/[!-~]*$', default: '/health', description: 'path of the health check, starting with `/`' },
    HEALTH_CHECK_INTERVAL_MS: { type: 'integer', minimum: 10, maximum: 3_600_000, default: 2000, description: 'from the start of a check to the start of the next, ± 10 %' },
    HEALTH_CHECK_TIMEOUT_MS: { type: 'integer', minimum: 1, maximum: 3_600_000, default: 1000, description: 'a check without a response within this time has failed' },
    HEALTH_CHECK_FALL: { type: 'integer', minimum: 1, maximum: 1000, default: 3, description: 'failed checks in a row that take a backend out of rotation' },
    HEALTH_CHECK_RISE: { type: 'integer', minimum: 1, maximum: 1000, default: 2, description: 'passed checks in a row that bring it back' },
    HEALTH_CHECK_STATUS: { type: 'string', pattern: '^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$', default: '200-399', description: 'a status or a range of statuses that passes a check' },
    OUTLIER_FAILURES: { type: 'integer', minimum: 0, maximum: 1000, default: 5, description: 'failures in a row of live traffic (no response, or 5xx) that eject a backend (0: never)' },
    OUTLIER_EJECT_MS: { type: 'integer', minimum: 1, maximum: 120_000, default: 10_000, description: 'how long the first ejection lasts; further ones last longer, up to 2 minutes' },
    OUTLIER_MAX_EJECTED_PERCENT: { type: 'integer', minimum: 0, maximum: 100, default: 50, description: 'maximum percentage of backends that may be ejected; one of several always may, unless this is 0' },
    SLOW_START_MS: { type: 'integer', minimum: 0, maximum: 3_600_000, default: 0, description: 'time over which a backend that comes back grows to its full weight (0: at once)' },
    RETRIES: { type: 'integer', minimum: 0, maximum: 100, default: 2, description: 'maximum number of retries of a failed request, where a retry is safe' },
    RETRY_BUDGET_PERCENT: { type: 'integer', minimum: 0, maximum: 100, default: 20, description: 'cap on retries of requests that reached a backend, in percent of the requests of the last 10 s; 3 are always allowed' },
    RETRY_BODY_BYTES: { type: 'integer', minimum: 0, maximum: 1_073_741_824, default: 65_536, description: 'a request with a longer body is not retried once any of it was sent' },
    MAX_REQUESTS_PER_BACKEND: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 1024, description: 'maximum number of requests in flight at one backend; when all backends have that many, requests wait' },
    QUEUE_SIZE: { type: 'integer', minimum: 0, maximum: 1_000_000, default: 1024, description: 'maximum number of requests that wait for a backend (0: none); beyond it: 503' },
    QUEUE_TIMEOUT_MS: { type: 'integer', minimum: 1, maximum: 3_600_000, default: 5000, description: 'maximum time a request waits for a backend; then: 503' },
    MAX_CLIENT_CONNECTIONS: { type: 'integer', minimum: 0, maximum: 10_000_000, default: 0, description: 'maximum number of client connections; more are refused (0: 3/8 of the open-file limit; requests to backends need as many, and a quarter is kept for the admin listener and health checks)' },
    MAX_BODY_BYTES: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description: 'maximum length of a request body (0: no limit); beyond it: 413' },
    KEEP_ALIVE_TIMEOUT_MS: { type: 'integer', minimum: 0, maximum: 3_600_000, default: 72_000, description: 'how long an idle client connection is kept open' },
    REQUEST_HEADER_TIMEOUT_MS: { type: 'integer', minimum: 1, maximum: 3_600_000, default: 10_000, description: 'a client that sends no complete header block within this time gets 408' },
    ABORT_ON_CLIENT_END: { type: 'boolean', default: false, description: 'treat a client that half-closes its connection after its request as gone instead of answering it' },
    TRUST_PROXY: { type: 'string', default: 'false', description: '`true`, `false`, or addresses and CIDRs whose forwarding headers are trusted' },
    CONNECT_TIMEOUT_MS: { type: 'integer', minimum: 1, maximum: 3_600_000, default: 2000, description: 'maximum time to connect to a backend; then the next one is tried' },
    RESPONSE_TIMEOUT_MS: { type: 'integer', minimum: 1, maximum: 3_600_000, default: 30_000, description: 'maximum time from the end of a request to the header block of the response; then: 504' },
    BODY_IDLE_TIMEOUT_MS: { type: 'integer', minimum: 1, maximum: 3_600_000, default: 60_000, description: 'longest pause within a body, in either direction' },
    TUNNEL_IDLE_TIMEOUT_MS: { type: 'integer', minimum: 1, maximum: 86_400_000, default: 300_000, description: 'a WebSocket or other upgraded connection is cut after this time without a byte' },
    UPSTREAM_KEEP_ALIVE_MS: { type: 'integer', minimum: 0, maximum: 3_600_000, default: 4000, description: 'how long an idle connection to a backend is kept open' },
    PLUGINS: { type: 'string', default: '', description: 'files of your own Fastify plugins, separated by commas' },
    SHUTDOWN_DELAY_MS: { type: 'integer', minimum: 0, maximum: 3_600_000, default: 0, description: 'after SIGTERM, time during which the gateway still serves but is not ready' },
    SHUTDOWN_TIMEOUT_MS: { type: 'integer', minimum: 1, maximum: 3_600_000, default: 25_000, description: 'after `SHUTDOWN_DELAY_MS`, time for requests in flight to finish' },
    LOG_LEVEL: { type: 'string', enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], default: 'info', description: 'lowest level that is logged' },
    ACCESS_LOG: { type: 'boolean', default: true, description: 'log one line per request, at level `info`' }
  }
} as const

interface JsonTypes { string: string, integer: number, boolean: boolean }
type Properties = typeof settingsSchema.properties

export type SettingName = keyof Properties

/** The validated settings, defaults filled in. */
export type Settings = {
  readonly [Name in SettingName]: Properties[Name] extends { readonly enum: readonly (infer Choice)[] }
    ? Choice
    : JsonTypes[Properties[Name]['type']]
}
