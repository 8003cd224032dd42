// fast-proxy as it comes: an http.Agent with keep-alive is its default.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { givenHost, givenPort, keepAliveMs, load, nextTarget } from './given.ts'

interface FastProxy {
  proxy: (request: IncomingMessage, response: ServerResponse, url: string, options: { base: string }) => void
}

const { proxy } = load<(options: object) => FastProxy>('fast-proxy')({})

const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
  proxy(request, response, request.url ?? '/', { base: nextTarget() })
})

server.listen({ host: givenHost, port: givenPort, backlog: 4096 })
