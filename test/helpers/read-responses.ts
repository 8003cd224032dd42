/** A response as a client reads it, without what differs each time. */
export interface ReadResponse {
  readonly status: string
  /** Lower-case names and values, sorted, without those of date, framing and connection. */
  readonly headers: string[]
  readonly framing: 'length' | 'chunked' | 'none' | 'close'
  readonly keeps: boolean
  readonly body: string
  readonly trailers: string[]
  /** Its end has not come. */
  readonly isCut: boolean
}

const hidden = /^(?:date|content-length|transfer-encoding|connection|keep-alive):/

/** Reads all that a server has sent. */
export function readResponses (bytes: string, isOfHead = false): ReadResponse[] {
  const responses: ReadResponse[] = []
  for (let rest = bytes; rest !== '';) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd === -1) {
      responses.push({ status: rest, headers: [], framing: 'none', keeps: false, body: '', trailers: [], isCut: true })
      break
    }
    const [status = '', ...lines] = rest.slice(0, headEnd).split('\r\n')
    const [response, left] = readBody(status, lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())), rest.slice(headEnd + 4), isOfHead)
    responses.push(response)
    rest = left
  }
  return responses
}

function readBody (status: string, lines: string[], rest: string, isOfHead: boolean): [ReadResponse, rest: string] {
  const head = {
    status,
    headers: lines.filter((line) => !hidden.test(line)).sort(),
    keeps: !lines.includes('connection: close')
  }
  const none = { body: '', trailers: [], isCut: false }
  if (/^HTTP\/1\.1 (?:1\d\d|204|304) /.test(status) || isOfHead) return [{ ...head, framing: 'none', ...none }, rest]
  if (lines.some((line) => line.startsWith('transfer-encoding:'))) return readChunks(head, rest)
  const length = lines.find((line) => line.startsWith('content-length:'))?.split(': ')[1]
  if (length === undefined) return [{ ...head, framing: 'close', ...none, body: rest }, '']
  const body = rest.slice(0, Number(length))
  return [{ ...head, framing: 'length', body, trailers: [], isCut: body.length < Number(length) }, rest.slice(Number(length))]
}

function readChunks (head: Pick<ReadResponse, 'status' | 'headers' | 'keeps'>, text: string): [ReadResponse, rest: string] {
  let body = ''
  for (let rest = text; ;) {
    const lineEnd = rest.indexOf('\r\n')
    const size = parseInt(rest, 16)
    if (lineEnd === -1 || Number.isNaN(size) || rest.length < lineEnd + 2 + size + 2) {
      return [{ ...head, framing: 'chunked', body, trailers: [], isCut: true }, '']
    }
    if (size > 0) {
      body += rest.slice(lineEnd + 2, lineEnd + 2 + size)
      rest = rest.slice(lineEnd + 4 + size)
      continue
    }
    const section = rest.slice(lineEnd + 2)
    const end = section.startsWith('\r\n') ? 0 : section.indexOf('\r\n\r\n') + 2
    const trailers = section.slice(0, end).split('\r\n').filter((line) => line !== '')
    return [{ ...head, framing: 'chunked', body, trailers, isCut: false }, section.slice(end + 2)]
  }
}
