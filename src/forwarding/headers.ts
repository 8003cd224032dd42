import type { IncomingMessage } from 'node:http'

/** Header fields that end at each hop (RFC 9110 section 7.6.1, and `Keep-Alive` and `Proxy-Connection` of older days). */
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade'])

/** Set by the gateway itself, whatever a client claims; `Expect` it has answered, and `Proxy` is an attack (CVE-2016-5385). */
const replaced = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'forwarded', 'expect', 'proxy'])

/** The head to send to a backend, as a flat list of names and values in the order and case of the client's. */
export function requestHeaders (req: IncomingMessage): string[] {
  const headers = endToEnd(req.rawHeaders, req.headers.connection, replaced)
  if (req.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked')
  headers.push('X-Forwarded-For', req.socket.remoteAddress ?? 'unknown')
  headers.push('X-Forwarded-Proto', 'http')
  if (req.headers.host !== undefined) headers.push('X-Forwarded-Host', req.headers.host)
  headers.push('X-Forwarded-Port', String(req.socket.localPort))
  return headers
}

/** The head to send to a client. */
export function responseHeaders (response: IncomingMessage): string[] {
  return endToEnd(response.rawHeaders, response.headers.connection)
}

function endToEnd (rawHeaders: string[], connection: string | undefined, dropped?: Set<string>): string[] {
  const named = connection?.toLowerCase().split(',').map((name) => name.trim()) ?? []
  const headers: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const key = name.toLowerCase()
    if (hopByHop.has(key) || dropped?.has(key) || named.includes(key)) continue
    headers.push(name, rawHeaders[i + 1] as string)
  }
  return headers
}
