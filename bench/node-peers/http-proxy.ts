// http-proxy with an agent that keeps connections: without one it closes each, which nobody who measures would leave so.

import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { givenHost, givenPort, keepAliveMs, load, nextTarget } from './given.ts'

interface Proxy {
  web: (request: IncomingMessage, response: ServerResponse, options: { target: string }) => void
  on: (event: 'error', listener: (error: Error, request: IncomingMessage, response: ServerResponse) => void) => void
}

interface HttpProxy {
  createProxyServer: (options: { agent: Agent, xfwd: boolean }) => Proxy
}

const proxy = load<HttpProxy>('http-proxy').createProxyServer({ agent: new Agent({ keepAlive: true }), xfwd: true })

/** Without a listener an error of a connection would end the process. */
proxy.on('error', (_error, _request, response) => response.destroy())

const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
  proxy.web(request, response, { target: nextTarget() })
})

server.listen({ host: givenHost, port: givenPort, backlog: 4096 })
