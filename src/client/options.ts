/** How a backend registers itself with gateways. */
export interface RegisterOptions {
  /** Url of the admin listener of the gateway, such as `http://10.0.0.1:5174`, or of each of several. */
  readonly gateway: string | readonly string[]
  /** The gateway's ADMIN_TOKEN. */
  readonly token?: string
  /** Where the gateway reaches this backend, such as `http://10.0.0.5:3000`. */
  readonly url: string
  readonly name?: string
  readonly weight?: number
  readonly zone?: string
  readonly backup?: boolean
  readonly healthCheck?: Readonly<Record<string, string | number>>
  /** Without a sign of life for so long the gateway takes this backend for gone; 15 s by default. */
  readonly ttlMs?: number
  /** How long the drain waits at most for requests in flight; 10 s by default. */
  readonly drainTimeoutMs?: number
  readonly log?: ClientLog
}

/** What the client has to say, as pino takes it. */
export interface ClientLog {
  info (fields: object, msg: string): void
  warn (fields: object, msg: string): void
  error (fields: object, msg: string): void
}

export const defaultTtlMs = 15_000
export const defaultDrainTimeoutMs = 10_000

const known = new Set(['gateway', 'token', 'url', 'name', 'weight', 'zone', 'backup', 'healthCheck', 'ttlMs', 'drainTimeoutMs', 'log'])

/** Throws a `TypeError` that names the option which cannot be used. Returns the urls of the gateways. */
export function checkOptions (options: Partial<RegisterOptions>): string[] {
  for (const name of Object.keys(options)) if (!known.has(name)) throw new TypeError(`evenkeel/client: there is no option "${name}"`)
  const { gateway, ttlMs, drainTimeoutMs } = options
  const gateways = typeof gateway === 'string' ? [gateway] : [...(gateway ?? [])]
  if (gateways.length === 0) throw new TypeError('evenkeel/client: the option "gateway" is missing: the url of its admin listener, such as http://10.0.0.1:5174')
  for (const url of gateways) checkUrl('gateway', url)
  if (options.url !== undefined) checkUrl('url', options.url)
  for (const [name, value] of Object.entries({ ttlMs, drainTimeoutMs })) {
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) throw new TypeError(`evenkeel/client: ${name} ${value} is not a number of milliseconds`)
  }
  return gateways.map((url) => new URL(url).origin)
}

function checkUrl (option: string, url: string): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new TypeError(`evenkeel/client: ${option} "${url}" is not a url such as http://10.0.0.1:5174`)
}
