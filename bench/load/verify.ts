import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Exchange } from '../run/scenarios.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * Sends one exchange by HTTP/1.1 to `http://address:port` or `https:`, whose certificate nobody verifies here; looks at the
 * whole answer, and says what is wrong with it.
 */
export async function problemWith (origin: string, exchange: Exchange): Promise<string | undefined> {
  try {
    const { status, body } = await send(origin, exchange)
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

function send (origin: string, { method, path, requestBytes, fields }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method, agent: false, rejectUnauthorized: false, headers: { ...fields, 'content-length': requestBytes } } as const
    const request = origin.startsWith('https:') ? tlsRequest : plainRequest
    const outgoing = request(`${origin}${path}`, options, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    outgoing.setTimeout(5000, () => outgoing.destroy(new Error('no answer within 5 s')))
    outgoing.on('error', reject)
    outgoing.end('x'.repeat(requestBytes))
  })
}
