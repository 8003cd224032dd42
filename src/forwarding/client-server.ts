import { createServer, type RequestListener, type Server } from 'node:http'
import { inTurn } from './turns.ts'

/** The server that clients talk to, as a gateway needs it. */
export function createClientServer (route: RequestListener): Server {
  // A missing Host is refused by the forwarder, in the shape of all its answers.
  const server = createServer({ connectionsCheckingInterval: 1000, requireHostHeader: false }, inTurn(route))
  // Without this Node says "100 Continue" before a backend was asked.
  server.on('checkContinue', inTurn(route))
  // How long a request may take is for the limits on its parts to say.
  server.requestTimeout = 0
  // Beyond 2000 fields Node would drop the rest without a word, a Content-Length among them. Their bytes are limited anyway.
  server.maxHeadersCount = 0
  return server
}
