/** Finds the ends of answers that must be `200` and have the given `Content-Length`. Made for one connection. */
export interface ResponseScanner {
  /** True when this chunk completes the answer; throws on any other answer than the expected one. Keeps no chunk. */
  readonly isWhole: (chunk: Buffer) => boolean
}

const digitTwo = '2'.charCodeAt(0)
const endOfHead = Buffer.from('\r\n\r\n').readUInt32BE(0)

export function createResponseScanner (bodyBytes: number): ResponseScanner {
  let rest: Buffer | undefined
  let checkedLength = 0
  let checkedHeadEnd = 0

  /** The same as the last one that was looked at closely, as far as that can be seen at a glance. */
  function isKnown (chunk: Buffer): boolean {
    return chunk.length === checkedLength && chunk[9] === digitTwo && chunk.readUInt32BE(checkedHeadEnd) === endOfHead
  }

  function isWhole (chunk: Buffer): boolean {
    if (rest === undefined && isKnown(chunk)) return true
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    const headEnd = bytes.indexOf('\r\n\r\n')
    const length = headEnd + 4 + bodyBytes
    if (headEnd === -1 || bytes.length < length) {
      rest = Buffer.from(bytes)
      return false
    }
    if (bytes.length > length) throw new Error(`${bytes.length - length} bytes after the end of an answer`)
    checkHead(bytes.toString('latin1', 0, headEnd), bodyBytes)
    rest = undefined
    checkedLength = length
    checkedHeadEnd = headEnd
    return true
  }

  return { isWhole }
}

function checkHead (head: string, bodyBytes: number) {
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(`answered ${head.slice(0, 30)}`)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== String(bodyBytes)) throw new Error(`Content-Length ${length ?? 'missing'} instead of ${bodyBytes}`)
}
