/** What a header field means to a gateway. Everything that is not named here passes as it is. */
export type HeaderKind =
  | 'end-to-end'
  | 'hop-by-hop'
  | 'connection'
  | 'transfer-encoding'
  | 'te'
  | 'trailer'
  | 'host'
  | 'content-length'
  | 'forwarded-for'
  | 'forwarded'
  | 'request-id'
  | 'via'
  | 'proxy'
  | 'explain'
  | 'look-alike'

const special = {
  // RFC 9110 section 7.6.1, and two of older days
  connection: 'connection',
  'keep-alive': 'hop-by-hop',
  'proxy-connection': 'hop-by-hop',
  upgrade: 'hop-by-hop',
  // RFC 7540 section 3.2.1
  'http2-settings': 'hop-by-hop',
  te: 'te',
  trailer: 'trailer',
  'transfer-encoding': 'transfer-encoding',
  host: 'host',
  'content-length': 'content-length',
  'x-forwarded-for': 'forwarded-for',
  forwarded: 'forwarded',
  'x-forwarded': 'forwarded',
  'x-forwarded-proto': 'forwarded',
  'x-forwarded-host': 'forwarded',
  'x-forwarded-port': 'forwarded',
  'x-forwarded-prefix': 'forwarded',
  'x-forwarded-server': 'forwarded',
  'x-forwarded-scheme': 'forwarded',
  'x-forwarded-ssl': 'forwarded',
  'x-real-ip': 'forwarded',
  'x-request-id': 'request-id',
  via: 'via',
  proxy: 'proxy',
  // In a request, it holds the admin token.
  'evenkeel-explain': 'explain'
} as const satisfies Record<string, HeaderKind>

type SpecialName = keyof typeof special

const namesOfLength: SpecialName[][] = []
for (const name of Object.keys(special) as SpecialName[]) (namesOfLength[name.length] ??= []).push(name)

/** Most names are told from the special ones by their length and first letter, without a lower-case copy. */
export function headerKind (name: string): HeaderKind {
  const candidates = namesOfLength[name.length]
  if (candidates === undefined) return 'end-to-end'
  const first = name.charCodeAt(0) | 0x20 // lower case
  for (const candidate of candidates) if (candidate.charCodeAt(0) === first) return kindAmong(candidates, name.toLowerCase())
  return 'end-to-end'
}

/**
 * A look-alike has `_` for `-`: a backend that turns names into variables (CGI, WSGI, PHP) takes it for the name that it looks
 * like. It passes from nobody, since a trusted proxy may pass on that of a stranger.
 */
function kindAmong (candidates: readonly SpecialName[], lower: string): HeaderKind {
  for (const candidate of candidates) if (candidate === lower) return special[candidate]
  if (!lower.includes('_')) return 'end-to-end'
  const hyphened = lower.replaceAll('_', '-')
  return candidates.includes(hyphened as SpecialName) ? 'look-alike' : 'end-to-end'
}

/** The names that a `Connection` header lists, lower-case; undefined when there are none but the usual two. */
export function connectionOptions (value: string): ReadonlySet<string> | undefined {
  if (isUsual(value)) return undefined
  return new Set(value.toLowerCase().split(',').map((name) => name.trim()))
}

function isUsual (value: string): boolean {
  return value === 'keep-alive' || value === 'close' || value === 'Keep-Alive' || value === 'Close'
}
