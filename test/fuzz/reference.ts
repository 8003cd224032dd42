import { Agent, request, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'

/** A head as Node's own client read it. */
export interface ReferenceHead {
  readonly statusCode: number
  readonly reason: string
  readonly rawHeaders: string[]
  readonly httpMinor: number
}

/** What Node's own HTTP client made of a response. */
export interface ReferenceOutcome {
  informational: ReferenceHead[]
  head: ReferenceHead | null
  body: string
  trailers: string[]
  /** `truncated`: the bytes ended too early; `refused`: the parser raised an error, or the client did not want the response. */
  end: 'complete' | 'tunnel' | 'truncated' | 'refused'
  errorCode: string
  keepAlive: boolean
}

/** A connection that swallows what is written to it and delivers what it is told to. */
class FakeSocket extends Duplex {
  override _read (): void {}

  override _write (_chunk: Buffer, _encoding: string, done: () => void): void {
    done()
  }
}

class FakeAgent extends Agent {
  wasReusable = false
  readonly #socket: Duplex

  constructor (socket: Duplex) {
    super({ keepAlive: true })
    this.#socket = socket
  }

  override createConnection (): Duplex {
    return this.#socket
  }

  /** Called by the client when a response left its connection fit for another request. */
  override keepSocketAlive (): void {
    this.wasReusable = true
  }
}

/** Lets Node's client, with its strict parser, read `pieces` and then the end of the connection. */
export function readWithNode (pieces: Iterable<Buffer>, method: string, upgrade: boolean): Promise<ReferenceOutcome> {
  const outcome: ReferenceOutcome = {
    informational: [], head: null, body: '', trailers: [], end: 'truncated', errorCode: '', keepAlive: false
  }
  const body: Buffer[] = []
  const socket = new FakeSocket()
  const agent = new FakeAgent(socket)

  function noteError (error: NodeJS.ErrnoException): void {
    if (outcome.end === 'complete' || outcome.end === 'refused') return
    outcome.errorCode = error.code ?? error.message
    if (outcome.errorCode !== 'ECONNRESET') outcome.end = 'refused'
  }

  return new Promise((resolve) => {
    function settle (): void {
      outcome.body = Buffer.concat(body).toString('latin1')
      outcome.keepAlive = agent.wasReusable
      socket.destroy()
      resolve(outcome)
    }

    const clientRequest = request({
      agent,
      method,
      insecureHTTPParser: false,
      maxHeaderSize: 1_000_000,
      headers: upgrade ? { Connection: 'upgrade', Upgrade: 'x' } : {}
    })
    clientRequest.maxHeadersCount = 0
    clientRequest.on('error', noteError)
    clientRequest.on('information', ({ statusCode, statusMessage, rawHeaders, httpVersionMinor }) => {
      outcome.informational.push({ statusCode, reason: statusMessage, rawHeaders, httpMinor: httpVersionMinor })
    })
    clientRequest.on('response', (response) => {
      outcome.head = headOf(response)
      response.on('error', noteError)
      response.on('data', (piece: Buffer) => body.push(piece))
      response.on('end', () => {
        outcome.trailers = response.rawTrailers
        if (response.complete) outcome.end = 'complete'
      })
    })
    if (upgrade) {
      clientRequest.on('upgrade', (response, _socket, rest) => {
        outcome.head = headOf(response)
        outcome.end = 'tunnel'
        body.push(rest)
        settle()
      })
    }
    // 'close' comes just before the agent is asked to keep the connection.
    clientRequest.on('close', () => process.nextTick(settle))
    socket.on('error', noteError)
    clientRequest.end()
    for (const piece of pieces) socket.push(piece)
    setImmediate(() => {
      if (!socket.destroyed) socket.push(null)
    })
  })
}

function headOf (response: IncomingMessage): ReferenceHead {
  return {
    statusCode: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    rawHeaders: response.rawHeaders,
    httpMinor: response.httpVersionMinor
  }
}
