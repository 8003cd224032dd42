// httpxy with an agent that keeps connections, as http-proxy, which it was made from.

import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { givenHost, givenPort, keepAliveMs, load, nextTarget } from './given.ts'

interface Proxy {
  web: (request: IncomingMessage, response: ServerResponse, options: { target: string }) => Promise<void>
}

interface Httpxy {
  createProxyServer: (options: { agent: Agent, xfwd: boolean }) => Proxy
}

const proxy = load<Httpxy>('httpxy').createProxyServer({ agent: new Agent({ keepAlive: true }), xfwd: true })

const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
  proxy.web(request, response, { target: nextTarget() }).catch(() => response.destroy())
})

server.listen({ host: givenHost, port: givenPort, backlog: 4096 })
