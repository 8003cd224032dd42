// A child process that sends requests at a given rate, whether or not the answers keep up: an open loop.
//
// Arrivals are a Poisson process with a fixed seed, the same for every proxy. A request that finds no free connection
// waits, and its latency counts from the moment it was meant to be sent, so that a stall is not left out of the figures
// ("coordinated omission"). The loop spins, since timers have steps of a millisecond; it is started with the scheduling
// policy IDLE, so that the origin on the same core always goes first.

import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { createArrivals } from './arrivals.ts'
import { createResponseScanner } from './response-scanner.ts'
import type { PacedJob, PacedResult } from './paced.ts'
import { percentileOf } from '../measure/statistics.ts'

interface Connection {
  readonly socket: Socket
  /** When the request under way was meant to be sent. */
  intendedMs: number
}

const job = JSON.parse(process.argv[2] ?? '{}') as PacedJob
const request = Buffer.from(`GET ${job.path} HTTP/1.1\r\nHost: 127.0.0.1:${job.port}\r\n\r\n`)
const latenciesMs: number[] = []
/** How late the loop came by: the generator's own error, to be read beside the latencies. */
const latenessMs: number[] = []
const free: Connection[] = []
const waiting: number[] = []
let failure: Error | undefined
let measuredFromMs = Infinity

async function open (): Promise<Connection> {
  const scanner = createResponseScanner(job.bodyBytes)

  function onBytes (length: number, buffer: Uint8Array): boolean {
    try {
      if (scanner.isWhole(Buffer.from(buffer.buffer, buffer.byteOffset, length))) settle(connection)
    } catch (error) {
      failure ??= error as Error
    }
    return true
  }

  // One buffer for all reads of a connection: no garbage, no pauses to collect it.
  const onread = { buffer: Buffer.allocUnsafeSlow(16 * 1024), callback: onBytes }
  const socket = connect({ host: '127.0.0.1', port: job.port, noDelay: true, onread })
  const connection: Connection = { socket, intendedMs: 0 }
  socket.on('error', (error) => { failure ??= error })
  socket.on('close', () => { failure ??= new Error('the proxy closed a connection') })
  await once(socket, 'connect')
  return connection
}

function settle (connection: Connection) {
  if (connection.intendedMs >= measuredFromMs) latenciesMs.push(performance.now() - connection.intendedMs)
  free.push(connection)
  sendWaiting()
}

function sendWaiting () {
  while (waiting.length > 0) {
    const connection = free.pop()
    if (connection === undefined) return
    connection.intendedMs = waiting.shift() ?? 0
    connection.socket.write(request)
  }
}

function drive (startMs: number, endMs: number, resolve: () => void) {
  const nextGapMs = createArrivals(job.perSecond)
  let dueMs = startMs

  function spin () {
    const nowMs = performance.now()
    while (dueMs <= nowMs && dueMs < endMs) {
      if (dueMs >= measuredFromMs) latenessMs.push(nowMs - dueMs)
      waiting.push(dueMs)
      dueMs += nextGapMs()
    }
    sendWaiting()
    const isDone = nowMs >= endMs && free.length === job.connections
    // What has not come back half a second after the end is counted below, as lost.
    if (isDone || failure !== undefined || nowMs > endMs + 500) resolve()
    else setImmediate(spin)
  }

  spin()
}

free.push(...await Promise.all(Array.from({ length: job.connections }, open)))
const startMs = performance.now()
measuredFromMs = startMs + job.warmUpSeconds * 1000
const endMs = measuredFromMs + job.seconds * 1000
await new Promise<void>((resolve) => drive(startMs, endMs, resolve))

const unanswered = waiting.length + job.connections - free.length
const result: PacedResult = {
  requests: latenciesMs.length,
  p50Ms: percentileOf(latenciesMs, 50),
  p99Ms: percentileOf(latenciesMs, 99),
  lateP99Ms: percentileOf(latenessMs, 99),
  problems: failure !== undefined ? [failure.message] : unanswered > 0 ? [`${unanswered} requests unanswered at the end`] : []
}
console.log(JSON.stringify(result))
process.exit()
