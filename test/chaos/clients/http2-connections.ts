import { once } from 'node:events'
import {
  connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders, type IncomingHttpStatusHeader
} from 'node:http2'
import { caCertificate } from '../../helpers/certificate.ts'
import { failure, patienceMs, type Answer, type Connections, type Question } from './connections.ts'

/** One connection for all requests, and another one when that has ended or has been told to (GOAWAY). */
export function http2Connections (protocol: 'h2-tls' | 'h2c', port: number): Connections {
  let current: ClientHttp2Session | undefined
  let connected: Promise<unknown> = Promise.resolve()

  /** Rejects when it cannot be connected. */
  async function session (): Promise<ClientHttp2Session> {
    if (current === undefined || current.closed || current.destroyed) {
      current = connect(`${protocol === 'h2c' ? 'http' : 'https'}://127.0.0.1:${port}`, { ca: caCertificate })
      connected = once(current, 'connect')
      // Each request that waits for it is told; afterwards, its streams are.
      current.on('error', () => {})
    }
    const opened = current
    await connected
    return opened
  }

  async function ask ({ method, path, headers, body }: Question): Promise<Answer> {
    const stream = (await session()).request({ ':method': method, ':path': path, ...headers }, { endStream: method === 'GET' })
    if (method === 'POST') stream.end(body)
    return await answerOn(stream)
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

function resetOf ({ rstCode }: ClientHttp2Stream): Error {
  return failure(`reset ${rstCode}`)
}
