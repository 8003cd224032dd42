/** One whole request at the front of the bytes that came. */
export interface OriginRequest {
  /** The first letter of the path after the slash: enough to tell the few answers apart. */
  readonly route: string
  readonly bodyBytes: number
  readonly closes: boolean
  /** How many bytes of the input the request took. */
  readonly length: number
}

/** Reads the request at the front of `bytes`; undefined as long as it is not whole. */
export function readRequest (bytes: Buffer): OriginRequest | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const bodyStart = headEnd + 4
  const body = head.startsWith('GET') ? nothing : readBody(head, bytes.subarray(bodyStart))
  if (body === undefined) return undefined
  return {
    route: head[head.indexOf(' /') + 2] ?? '',
    bodyBytes: body.bytes,
    closes: /\r\nconnection: *close/i.test(head),
    length: bodyStart + body.length
  }
}

interface Body {
  readonly bytes: number
  readonly length: number
}

const nothing: Body = { bytes: 0, length: 0 }

function readBody (head: string, rest: Buffer): Body | undefined {
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return readChunked(rest)
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  return rest.length < length ? undefined : { bytes: length, length }
}

function readChunked (rest: Buffer): Body | undefined {
  let at = 0
  let bytes = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    at = lineEnd + 2 + size + 2
    if (at > rest.length) return undefined
    if (size === 0) return { bytes, length: at }
    bytes += size
  }
}
