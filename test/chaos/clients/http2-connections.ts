import { once } from 'node:events'
import {
  connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders, type IncomingHttpStatusHeader
} from 'node:http2'
import { Readable } from 'node:stream'
import { caCertificate } from '../../helpers/certificate.ts'
import { withInstance, failure, patienceMs, instanceOf, type Answer, type Connections, type Question } from './connections.ts'

const anyStream = 2 ** 31 - 1
const refused = `reset ${constants.NGHTTP2_REFUSED_STREAM}`

/**
 * One connection for all requests, and another one when that has ended or has been told to (GOAWAY). Or one for each, where they come one
 * after the other.
 */
export function http2Connections (protocol: 'h2-tls' | 'h2c', port: number, isKept: boolean): Connections {
  let current: ClientHttp2Session | undefined
  let connected: Promise<unknown> = Promise.resolve()
  const lastStreams = new WeakMap<object, number>()
  const instances = new WeakMap<object, string | undefined>()

  /** Rejects when it cannot be connected. */
  async function session (): Promise<ClientHttp2Session> {
    if (current === undefined || current.closed || current.destroyed) {
      current = connect(`${protocol === 'h2c' ? 'http' : 'https'}://127.0.0.1:${port}`, { ca: caCertificate })
      const opened = current
      opened.on('goaway', (_code, lastStream: number) => { lastStreams.set(opened, lastStream) })
      connected = once(current, 'connect')
      // Each request that waits for it is told; afterwards, its streams are.
      current.on('error', () => {})
    }
    const opened = current
    await connected
    return opened
  }

  async function ask (question: Question): Promise<Answer> {
    const opened = await session()
    try {
      return await askOn(opened, question)
    } catch (error) {
      // A GOAWAY that names the last of all streams warns of the next one. Node's client then refuses by itself what it has not sent yet,
      // and leaves it to its user to ask again by another connection: RFC 9113 sections 6.8 and 8.7.
      if (codeOf(error) === refused && lastStreams.get(opened) === anyStream) return await ask(question)
      throw error
    }
  }

  async function askOn (opened: ClientHttp2Session, { method, path, headers, body }: Question): Promise<Answer> {
    try {
      const stream = opened.request({ ':method': method, ':path': path, ...headers }, { endStream: method === 'GET' })
      if (typeof body !== 'string') Readable.from(body.pieces()).pipe(stream)
      else if (method === 'POST') stream.end(body)
      const answer = await answerOn(stream)
      instances.set(opened, instanceOf(answer.headers))
      return answer
    } catch (error) {
      throw withInstance(error as Error, instances.get(opened))
    } finally {
      if (!isKept) opened.close()
    }
  }

  return { protocol, ask, close () { current?.destroy() } }
}

function answerOn (stream: ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let headers: IncomingHttpHeaders & IncomingHttpStatusHeader = {}
    let text = ''
    const timer = setTimeout(() => { stream.destroy(failure('no answer')) }, patienceMs)
    stream.setEncoding('latin1')
    stream.on('response', (fields) => { headers = fields })
    stream.on('data', (piece: string) => { text += piece })
    stream.on('error', (error: NodeJS.ErrnoException) => { reject(error.code === 'ERR_HTTP2_STREAM_ERROR' ? resetOf(stream) : error) })
    stream.on('close', () => {
      clearTimeout(timer)
      // RFC 9113 section 8.1: NO_ERROR asks only to stop an upload, after a whole answer. Node emits no error for it, or for CANCEL.
      if (!stream.readableEnded || stream.rstCode !== constants.NGHTTP2_NO_ERROR) reject(resetOf(stream))
      else resolve({ status: headers[':status'] ?? 0, headers, text })
    })
  })
}

function codeOf (error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code
}

function resetOf ({ rstCode }: ClientHttp2Stream): Error {
  return failure(`reset ${rstCode}`)
}
