/**
 * What a header field means to a gateway. Everything that is not named here passes as it is. Told apart by length first,
 * so that most names cost one switch and no lower-case copy.
 */
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
  'x-forwarded-proto': 'forwarded',
  'x-forwarded-host': 'forwarded',
  'x-forwarded-port': 'forwarded',
  'x-request-id': 'request-id',
  via: 'via',
  proxy: 'proxy',
  // In a request, it holds the admin token.
  'evenkeel-explain': 'explain'
} as const satisfies Record<string, HeaderKind>

type SpecialName = keyof typeof special

const namesOfLength: SpecialName[][] = []
for (const name of Object.keys(special) as SpecialName[]) (namesOfLength[name.length] ??= []).push(name)

export function headerKind (name: string): HeaderKind {
  const candidates = namesOfLength[name.length]
  if (candidates === undefined) return 'end-to-end'
  const lower = name.toLowerCase()
  for (const candidate of candidates) if (candidate === lower) return special[candidate]
  return 'end-to-end'
}

/** The names that a `Connection` header lists, lower-case; undefined when there are none but the usual two. */
export function connectionOptions (value: string): ReadonlySet<string> | undefined {
  if (isUsual(value)) return undefined
  return new Set(value.toLowerCase().split(',').map((name) => name.trim()))
}

function isUsual (value: string): boolean {
  return value === 'keep-alive' || value === 'close' || value === 'Keep-Alive' || value === 'Close'
}
