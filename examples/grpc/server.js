// Starts a greeter on each of these ports of 127.0.0.1: node server.js [PORT ...]
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { greeter, health } from './greeter.js'

const ports = process.argv.length > 2 ? process.argv.slice(2) : ['50051', '50052']
const greetings = ['Hello', 'Bonjour', 'Guten Tag', 'Hola', 'Ciao']
const servers = []
let isEnding = false

for (const port of ports) await start(port)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end)

async function start (port) {
  const server = new Server()
  let address = ''
  server.addService(greeter, {
    greet (call, reply) {
      reply(null, { text: `Hello ${call.request.text}, from ${address}` })
    },
    greetInAllLanguages (call) {
      for (const greeting of greetings) call.write({ text: `${greeting} ${call.request.text}, from ${address}` })
      call.end()
    }
  })
  server.addService(health, {
    check (_call, reply) { reply(null, { status: isEnding ? 2 : 1 }) }
  })
  address = await new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error)
      else resolve(`127.0.0.1:${bound}`)
    })
  })
  servers.push(server)
  console.log(`a greeter listens on ${address}`)
}

/** Calls in flight finish, then the process exits. */
function end () {
  isEnding = true
  for (const server of servers) server.tryShutdown(() => {})
}
