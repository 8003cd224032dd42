/*
 * What a header field means to a gateway, as small numbers, since a scanner notes them. Every field that is not named here is
 * END_TO_END and passes as it is.
 */
export const END_TO_END = 0
export const CONNECTION = 1
export const KEEP_ALIVE = 2
export const HOP_BY_HOP = 3
export const UPGRADE = 4
export const TE = 5
export const TRAILER = 6
export const TRANSFER_ENCODING = 7
export const HOST = 8
export const CONTENT_LENGTH = 9
export const EXPECT = 10
export const DATE = 11
export const FORWARDED_FOR = 12
export const FORWARDED_PROTO = 13
export const FORWARDED_HOST = 14
export const FORWARDED_PORT = 15
export const FORWARDED = 16
export const REQUEST_ID = 17
export const VIA = 18
export const PROXY = 19
export const EXPLAIN = 20
/** The name has `_` for `-`: a backend that turns names into variables (CGI, WSGI, PHP) takes it for the name that it looks like. */
export const LOOK_ALIKE = 21

export type FieldKind = number

const special: Readonly<Record<string, FieldKind>> = {
  // RFC 9110 section 7.6.1, and two of older days
  connection: CONNECTION,
  'keep-alive': KEEP_ALIVE,
  'proxy-connection': HOP_BY_HOP,
  upgrade: UPGRADE,
  // RFC 7540 section 3.2.1
  'http2-settings': HOP_BY_HOP,
  te: TE,
  trailer: TRAILER,
  'transfer-encoding': TRANSFER_ENCODING,
  host: HOST,
  'content-length': CONTENT_LENGTH,
  expect: EXPECT,
  date: DATE,
  'x-forwarded-for': FORWARDED_FOR,
  forwarded: FORWARDED,
  'x-forwarded': FORWARDED,
  'x-forwarded-proto': FORWARDED_PROTO,
  'x-forwarded-host': FORWARDED_HOST,
  'x-forwarded-port': FORWARDED_PORT,
  'x-forwarded-prefix': FORWARDED,
  'x-forwarded-server': FORWARDED,
  'x-forwarded-scheme': FORWARDED,
  'x-forwarded-ssl': FORWARDED,
  'x-real-ip': FORWARDED,
  // Whom a proxy has taken a client for, by its certificate: Envoy's, and those of RFC 9440
  'x-forwarded-client-cert': FORWARDED,
  'client-cert': FORWARDED,
  'client-cert-chain': FORWARDED,
  'x-request-id': REQUEST_ID,
  via: VIA,
  proxy: PROXY,
  // In a request, it holds the admin token.
  'evenkeel-explain': EXPLAIN
}

interface SpecialName {
  readonly bytes: Uint8Array
  readonly kind: FieldKind
}

const HYPHEN = 45
const UNDERSCORE = 95
const LOWER_CASE = 0x20

const maxLength = 31
const namesOfLength: SpecialName[][] = Array.from({ length: maxLength + 1 }, () => [])
/** For each length the first letters of the special names, as bits: it tells most others from them. */
const firstLetters = new Int32Array(maxLength + 1)
const kindOf = new Map(Object.entries(special))
for (const [name, kind] of kindOf) {
  namesOfLength[name.length]!.push({ bytes: Buffer.from(name, 'latin1'), kind })
  firstLetters[name.length]! |= 1 << (name.charCodeAt(0) & 31)
}

/** The kind of the field whose name, a token, is at these bytes. */
export function kindAt (bytes: Uint8Array, start: number, end: number): FieldKind {
  const length = end - start
  if (length > maxLength || (firstLetters[length]! & (1 << (bytes[start]! & 31))) === 0) return END_TO_END
  const candidates = namesOfLength[length]!
  for (let i = 0; i < candidates.length; i++) {
    const kind = kindAs(candidates[i]!, bytes, start)
    if (kind !== END_TO_END) return kind
  }
  return END_TO_END
}

function kindAs (name: SpecialName, bytes: Uint8Array, start: number): FieldKind {
  const expected = name.bytes
  let kind = name.kind
  for (let i = 0; i < expected.length; i++) {
    const byte = bytes[start + i]!
    if ((byte | LOWER_CASE) === expected[i]) continue
    if (byte !== UNDERSCORE || expected[i] !== HYPHEN) return END_TO_END
    kind = LOOK_ALIKE
  }
  return kind
}

/** The kind of the field with this name, in any case. */
export function kindOfName (name: string): FieldKind {
  if (name.length > maxLength || (firstLetters[name.length]! & (1 << (name.charCodeAt(0) & 31))) === 0) return END_TO_END
  const lower = name.toLowerCase()
  const kind = kindOf.get(lower)
  if (kind !== undefined) return kind
  return lower.includes('_') && kindOf.has(lower.replaceAll('_', '-')) ? LOOK_ALIKE : END_TO_END
}

const kindNames = [
  'end-to-end', 'connection', 'hop-by-hop', 'hop-by-hop', 'hop-by-hop', 'te', 'trailer', 'transfer-encoding', 'host', 'content-length',
  'end-to-end', 'end-to-end', 'forwarded-for', 'forwarded', 'forwarded', 'forwarded', 'forwarded', 'request-id', 'via', 'proxy',
  'explain', 'look-alike'
] as const

export type HeaderKind = typeof kindNames[number]

/** `kindOfName` in words, for what still works on strings. */
export function headerKind (name: string): HeaderKind {
  return kindNames[kindOfName(name)]!
}

/** The names that a `Connection` header lists, lower-case; undefined when there are none but the usual two. */
export function connectionOptions (value: string): ReadonlySet<string> | undefined {
  if (isUsual(value)) return undefined
  return new Set(value.toLowerCase().split(',').map((name) => name.trim()))
}

function isUsual (value: string): boolean {
  return value === 'keep-alive' || value === 'close' || value === 'Keep-Alive' || value === 'Close'
}
