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
  | LookAlike

/**
 * Names with `_` for `-`: a backend that turns names into variables (CGI, WSGI, PHP) takes them for the names that they look
 * like. `claim-look-alike` is one of those that a trusted peer may send.
 */
type LookAlike = 'look-alike' | 'claim-look-alike'

const special = {
  // RFC 9110 section 7.6.1, and two of older days
  connection: 'connection',
  'keep-alive': 'hop-by-hop',
  'proxy-connection': 'hop-by-hop',
  upgrade: 'hop-by-hop',
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

/** Whether a name is one of these is told by its length and mostly by its first letter, without a lower-case copy. */
const namesOfLength: SpecialName[][] = []
for (const name of Object.keys(special) as SpecialName[]) (namesOfLength[name.length] ??= []).push(name)

export function headerKind (name: string): HeaderKind {
  const candidates = namesOfLength[name.length]
  if (candidates === undefined) return 'end-to-end'
  for (const candidate of candidates) {
    const likeness = compare(name, candidate)
    if (likeness === 'same') return special[candidate]
    if (likeness === 'similar') return lookAlikeOf(special[candidate])
  }
  return 'end-to-end'
}

/** Both have one length. Bit 5 makes letters small; of what else may stand in a name it changes none into a letter or `-`. */
function compare (name: string, candidate: SpecialName): 'same' | 'similar' | 'different' {
  let hasUnderscore = false
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    const expected = candidate.charCodeAt(i)
    if ((code | 0x20) === expected) continue
    if (code !== 0x5f /* underscore */ || expected !== 0x2d /* hyphen */) return 'different'
    hasUnderscore = true
  }
  return hasUnderscore ? 'similar' : 'same'
}

function lookAlikeOf (kind: HeaderKind): LookAlike {
  return kind === 'forwarded' || kind === 'forwarded-for' || kind === 'request-id' ? 'claim-look-alike' : 'look-alike'
}

/** The names that a `Connection` header lists, lower-case; undefined when there are none but the usual two. */
export function connectionOptions (value: string): ReadonlySet<string> | undefined {
  if (isUsual(value)) return undefined
  return new Set(value.toLowerCase().split(',').map((name) => name.trim()))
}

function isUsual (value: string): boolean {
  return value === 'keep-alive' || value === 'close' || value === 'Keep-Alive' || value === 'Close'
}
