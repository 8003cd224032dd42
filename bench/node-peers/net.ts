// The floor: bytes from one socket to another, with back-pressure, without a look at them. A backend per connection.

import { connect, createServer } from 'node:net'
import { givenHost, givenPort, nextBackend } from './given.ts'

const server = createServer({ noDelay: true }, (client) => {
  const [host = '', port] = nextBackend().split(':')
  const upstream = connect({ host, port: Number(port), noDelay: true })
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
  upstream.on('close', () => client.destroySoon())
  client.pipe(upstream)
  upstream.pipe(client)
})

server.listen({ host: givenHost, port: givenPort, backlog: 4096 })
