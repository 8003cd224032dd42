import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Exchange } from '../run/scenarios.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

/** Sends one exchange, looks at the whole answer, and says what is wrong with it. */
export async function problemWith (port: number, exchange: Exchange): Promise<string | undefined> {
  try {
    const { status, body } = await send(port, exchange)
    if (status !== 200) return `answered ${status}`
    if (body.length !== exchange.responseBytes) return `a body of ${body.length} bytes instead of ${exchange.responseBytes}`
    if (exchange.method === 'POST' && body !== String(exchange.requestBytes)) {
      return `the origin got ${body} bytes instead of ${exchange.requestBytes}`
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function send (port: number, { method, path, requestBytes }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, agent: false, headers: { 'content-length': requestBytes } }
    const outgoing = request(options, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    outgoing.setTimeout(5000, () => outgoing.destroy(new Error('no answer within 5 s')))
    outgoing.on('error', reject)
    outgoing.end('x'.repeat(requestBytes))
  })
}
