// A child process that opens many connections, gets one answer on each, and keeps them.
// Messages: `{ open }` when all are there; `check` asks for another answer on every hundredth; it ends with its channel.

import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { createResponseScanner } from './response-scanner.ts'

export interface IdleJob {
  readonly port: number
  readonly path: string
  readonly bodyBytes: number
  readonly connections: number
}

const job = JSON.parse(process.argv[2] ?? '{}') as IdleJob
const request = `GET ${job.path} HTTP/1.1\r\nHost: 127.0.0.1:${job.port}\r\n\r\n`
/** So many are opened at a time: a burst that a listen queue takes. */
const atOnce = 64
const sockets: Socket[] = []
let closed = 0

function ask (socket: Socket): Promise<void> {
  const scanner = createResponseScanner(job.bodyBytes)
  return new Promise((resolve, reject) => {
    function finish (error?: Error) {
      socket.off('data', onData).off('close', onClose)
      if (error === undefined) resolve()
      else reject(error)
    }

    function onClose () {
      finish(new Error('the proxy closed a connection'))
    }

    function onData (chunk: Buffer) {
      try {
        if (scanner.isWhole(chunk)) finish()
      } catch (error) {
        finish(error as Error)
      }
    }

    socket.on('data', onData).on('close', onClose)
    socket.write(request)
  })
}

async function openSome () {
  while (sockets.length < job.connections) {
    const socket = connect({ host: '127.0.0.1', port: job.port, noDelay: true })
    sockets.push(socket)
    await once(socket, 'connect')
    socket.on('error', () => socket.destroy())
    socket.on('close', () => { closed += 1 })
    await ask(socket)
  }
}

async function report (work: () => Promise<unknown>) {
  let problem: string | undefined
  try {
    await work()
  } catch (error) {
    problem = (error as Error).message
  }
  process.send?.({ open: sockets.length - closed, problem })
}

process.on('disconnect', () => process.exit())
process.on('message', () => { void report(() => Promise.all(sockets.filter((_, index) => index % 100 === 0).map(ask))) })

await report(() => Promise.all(Array.from({ length: atOnce }, openSome)))
