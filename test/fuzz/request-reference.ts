import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'

/** A request as Node's own server read it. */
export interface ReferenceRequest {
  method: string
  url: string
  httpMinor: number
  httpMajor: number
  rawHeaders: string[]
  bytes: string
  trailers: string[]
  isWhole: boolean
  keepAlive: boolean
}

export interface ReferenceReading {
  readonly requests: ReferenceRequest[]
  /** The code of the error of Node's parser; '' where it wanted more, or the connection was ended by an answer. */
  readonly errorCode: string
}

/** A connection that swallows what is written to it and delivers what it is told to. */
class FakeSocket extends Duplex {
  reading: { requests: ReferenceRequest[], errorCode: string } = { requests: [], errorCode: '' }

  override _read (): void {}

  override _write (_chunk: Buffer, _encoding: string, done: () => void): void {
    done()
  }
}

/** One for all readings: strict, with none of the limits that ours has in another measure. */
const server = createServer(
  { requireHostHeader: false, insecureHTTPParser: false, maxHeaderSize: 1_000_000, connectionsCheckingInterval: 2 ** 30 }
)
server.maxHeadersCount = 0
server.requestTimeout = 0
server.headersTimeout = 0
server.on('request', note)
server.on('checkContinue', note)
server.on('checkExpectation', note)
server.on('connect', (req: IncomingMessage) => {
  socketOf(req).reading.requests.push({ ...headOf(req), isWhole: true, keepAlive: false })
})
server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
  if (socket instanceof FakeSocket && socket.reading.errorCode === '') socket.reading.errorCode = error.code ?? error.message
})

function note (req: IncomingMessage, res: ServerResponse): void {
  const request: ReferenceRequest = { ...headOf(req), keepAlive: res.shouldKeepAlive }
  socketOf(req).reading.requests.push(request)
  req.on('data', (piece: Buffer) => { request.bytes += piece.toString('latin1') })
  req.on('error', () => {})
  req.on('end', () => {
    request.isWhole = req.complete
    request.trailers = req.rawTrailers
    res.end()
  })
}

function headOf (req: IncomingMessage): ReferenceRequest {
  const { method = '', url = '', httpVersionMinor, httpVersionMajor, rawHeaders } = req
  return {
    method,
    url,
    httpMinor: httpVersionMinor,
    httpMajor: httpVersionMajor,
    rawHeaders,
    bytes: '',
    trailers: [],
    isWhole: false,
    keepAlive: false
  }
}

function socketOf (req: IncomingMessage): FakeSocket {
  return req.socket as unknown as FakeSocket
}

/** Lets Node's server, with its strict parser, read `pieces` as what came over one connection. */
export async function readWithServer (pieces: Iterable<Buffer>): Promise<ReferenceReading> {
  const socket = new FakeSocket()
  socket.on('error', () => {})
  server.emit('connection', socket)
  for (const piece of pieces) socket.push(piece)
  // A request's end, its answer and the next request each take a turn.
  let known = -1
  for (let quiet = 0; quiet < 3;) {
    await new Promise((resolve) => { setImmediate(resolve) })
    const { requests, errorCode } = socket.reading
    const now = requests.length * 2 + requests.filter(({ isWhole }) => isWhole).length + errorCode.length
    quiet = now === known ? quiet + 1 : 0
    known = now
  }
  const reading = structuredClone(socket.reading)
  socket.destroy()
  return reading
}
