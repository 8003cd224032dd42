/** What the first bytes of a connection are. */
export type Hello =
  | { readonly type: 'incomplete' }
  | { readonly type: 'plain-http' }
  /** Neither TLS nor HTTP, or a ClientHello that no library would send. */
  | { readonly type: 'unreadable' }
  | ClientHello

export interface ClientHello {
  readonly type: 'hello'
  /** As the client says it; undefined when it names none. */
  readonly serverName: string | undefined
  /** It names a session that it would like to resume. */
  readonly offersSession: boolean
  /** It is a CA that validates by `acme-tls/1`. */
  readonly asksForProof: boolean
}

const incomplete: Hello = { type: 'incomplete' }
const unreadable: Hello = { type: 'unreadable' }

const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const HOST_NAME = 0
/** RFC 5077 section 3.2 and RFC 8446 section 4.2.11 */
const SESSION_TICKET = 35
const PRE_SHARED_KEY = 41
const PROTOCOLS = 16

/** As the only protocol that a client offers (RFC 8737 section 3). */
export const proofProtocol = 'acme-tls/1'
const proofOnly = Buffer.concat([Buffer.from([0, proofProtocol.length + 1, proofProtocol.length]), Buffer.from(proofProtocol)])

/** More than any ClientHello has, with keys that no quantum computer can break. */
const maxHelloBytes = 32_768
const maxBytes = 65_536
/** All of them are read again with each piece that comes. */
const maxRecords = 64

/**
 * Looks for the server name in a ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3), before OpenSSL sees it: Node offers no way
 * to answer one that is unknown with the alert for that.
 */
export function readClientHello (bytes: Buffer): Hello {
  const first = bytes[0]
  if (first === undefined) return incomplete
  if (first !== HANDSHAKE_RECORD) return first >= 65 && first <= 90 ? { type: 'plain-http' } : unreadable
  const message = handshakeMessage(bytes)
  if (message === incomplete && bytes.length > maxBytes) return unreadable
  if (!Buffer.isBuffer(message)) return message
  try {
    return helloIn(message)
  } catch (error) {
    if (error instanceof RangeError) return unreadable
    throw error
  }
}

/** The first handshake message without its header; it may lie in several records. What comes after it is OpenSSL's, such as early data. */
function handshakeMessage (bytes: Buffer): Buffer | Hello {
  const pieces: Buffer[] = []
  let length = 0
  for (let at = 0; at + 5 <= bytes.length;) {
    const recordBytes = bytes.readUInt16BE(at + 3)
    if (bytes[at] !== HANDSHAKE_RECORD || bytes[at + 1] !== 3 || recordBytes === 0 || pieces.length === maxRecords) return unreadable
    const piece = bytes.subarray(at + 5, at + 5 + recordBytes)
    pieces.push(piece)
    length += piece.length
    at += 5 + recordBytes
    if (length < 4) continue
    const whole = pieces.length === 1 ? piece : Buffer.concat(pieces)
    const messageBytes = whole.readUIntBE(1, 3)
    if (whole[0] !== CLIENT_HELLO || messageBytes > maxHelloBytes) return unreadable
    if (length >= 4 + messageBytes) return whole.subarray(4, 4 + messageBytes)
  }
  return incomplete
}

/** Throws a RangeError where the lengths do not fit. */
function helloIn (message: Buffer): ClientHello {
  let at = 34 // version and random
  at += 1 + message.readUInt8(at) // session id
  at += 2 + message.readUInt16BE(at) // cipher suites
  at += 1 + message.readUInt8(at) // compression methods
  let serverName: string | undefined
  let offersSession = false
  let asksForProof = false
  const end = at === message.length ? at : at + 2 + message.readUInt16BE(at)
  at += 2
  while (at < end) {
    const type = message.readUInt16BE(at)
    const bytes = message.readUInt16BE(at + 2)
    // A list of one name: type, length, name.
    if (type === SERVER_NAME && message.readUInt8(at + 6) === HOST_NAME) serverName ??= nameAt(message, at + 7)
    else if (type === PRE_SHARED_KEY || (type === SESSION_TICKET && bytes > 0)) offersSession = true
    else if (type === PROTOCOLS) asksForProof = message.subarray(at + 4, at + 4 + bytes).equals(proofOnly)
    at += 4 + bytes
  }
  return { type: 'hello', serverName, offersSession, asksForProof }
}

function nameAt (message: Buffer, at: number): string {
  const end = at + 2 + message.readUInt16BE(at)
  if (end > message.length) throw new RangeError('the server name is longer than its message')
  return message.toString('latin1', at + 2, end)
}
