// The backend of every run: a child process on the load core that speaks just enough HTTP/1.1 on `net` to be cheap.
// It listens on 127.1.0.1, 127.1.0.2, … at one port, so that a thousand backends need one process and one port.

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { answerWith, makeAnswers } from './answers.ts'
import { originAddresses } from './addresses.ts'
import { readRequest, type OriginRequest } from './request-reader.ts'

const keepAliveAnswers = makeAnswers(false)
const closingAnswers = makeAnswers(true)
/** Addresses that answered something else than a health check since the last reset. */
const served = new Set<string>()

function answer (socket: Socket, address: string, request: OriginRequest) {
  const answers = request.closes ? closingAnswers : keepAliveAnswers
  const bytes = answers.get(request.route) ?? answerWith(Buffer.from(String(request.bodyBytes)), request.closes)
  if (request.route !== 'h') served.add(address)
  if (request.closes) socket.end(bytes)
  else socket.write(bytes)
}

function accept (address: string, socket: Socket) {
  let rest: Buffer | undefined
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    let bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const request = bytes.length === 0 ? undefined : readRequest(bytes)
      if (request === undefined) break
      answer(socket, address, request)
      bytes = bytes.subarray(request.length)
    }
    rest = bytes.length === 0 ? undefined : bytes
  })
}

async function listen (address: string, port: number): Promise<Server> {
  const server = createServer((socket) => accept(address, socket))
  server.listen({ host: address, port, backlog: 4096 })
  await once(server, 'listening')
  return server
}

async function start (count: number) {
  const [first = '', ...others] = originAddresses(count)
  const server = await listen(first, 0)
  const { port } = server.address() as AddressInfo
  for (const address of others) await listen(address, port)
  process.send?.({ port })
}

process.on('message', (message) => {
  if (message === 'reset') served.clear()
  process.send?.({ served: served.size })
})
process.on('disconnect', () => process.exit())

await start(Number(process.argv[2]))
