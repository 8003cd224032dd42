import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createNetServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientExchange, ClientExchangeListener } from '../../src/downstream/client-exchange.ts'
import { Listener } from '../../src/downstream/listener.ts'
import { Refusals } from '../../src/downstream/refusals.ts'

/**
 * CPU time per request of the Listener, side by side with node:http, with the same trivial answer and wrk as the client.
 *
 *     node dist/bench/micro/listener.js [seconds] [rounds] [load]
 */

const body = Buffer.from('hello, world')
const lines = `Content-Type: text/plain\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: ${body.length}\r\n`

class Answer implements ClientExchangeListener {
  readonly #exchange: ClientExchange

  constructor (exchange: ClientExchange) {
    this.#exchange = exchange
  }

  onBody (): void {}
  onBodyEnd (): void {
    this.#exchange.begin(200, 'OK', lines, body.length)
    this.#exchange.write(body)
    this.#exchange.end('')
  }

  onBodyError (): void {}
  onDrain (): void {}
  onEnd (): void {}
  onThrown (error: unknown): void {
    throw error
  }
}

const servers: Record<string, () => Server> = {
  'node:http': () => createServer((req, res) => {
    const answer = (): void => {
      res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length })
      res.end(body)
    }
    if (req.method === 'GET') return answer()
    req.on('data', () => {})
    req.on('end', answer)
  }),
  // The floor: what the sockets of Node cost without any HTTP.
  'node:net': () => createNetServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const isLast = bytes.includes('Connection: close')
      socket.write(`HTTP/1.1 200 OK\r\n${lines}Connection: ${isLast ? 'close' : 'keep-alive'}\r\n\r\n${body.toString('latin1')}`, 'latin1')
      if (isLast) socket.destroy()
    })
  }),
  listener: () => new Listener({
    refusals: new Refusals(),
    onThrown: (error) => { throw error },
    onExchange: (exchange) => {
      const answer = new Answer(exchange)
      exchange.listener = answer
      if (exchange.body === 'none') answer.onBodyEnd()
      else exchange.readBody()
    }
  })
}

const kind = process.argv[2] ?? ''
if (process.send !== undefined && servers[kind] !== undefined) {
  const server = servers[kind]().listen(0, '127.0.0.1', () => { process.send?.({ port: (server.address() as AddressInfo).port }) })
  process.on('message', () => { process.send?.(process.cpuUsage()) })
} else {
  await measure(Number(process.argv[2] ?? 4), Number(process.argv[3] ?? 3), process.argv[4] ?? '')
}

async function measure (seconds: number, rounds: number, only: string): Promise<void> {
  const post = join(tmpdir(), 'evenkeel-post.lua')
  writeFileSync(post, 'wrk.method = "POST"\nwrk.body = string.rep("x", 1024)\n')
  const loads: Record<string, string[]> = {
    'small GET': [],
    'GET with 15 fields': Array.from({ length: 12 }, (_, i) => ['-H', `X-Field-${i}: some value of a common length`]).flat(),
    'POST of 1 KiB': ['-s', post],
    'a connection each': ['-H', 'Connection: close']
  }
  const best = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const [load, args] of Object.entries(loads)) {
      if (!load.includes(only)) continue
      for (const name of Object.keys(servers)) {
        const microseconds = await cpuPerRequest(name, args, seconds)
        const key = `${load}, ${name}`
        best.set(key, Math.min(best.get(key) ?? Infinity, microseconds))
      }
    }
  }
  for (const [key, microseconds] of best) console.log(`${key.padEnd(36)} ${microseconds.toFixed(1)} µs`)
}

async function cpuPerRequest (name: string, args: string[], seconds: number): Promise<number> {
  const server = fork(process.argv[1] as string, [name])
  const [{ port }] = await once(server, 'message') as [{ port: number }]
  const load = (s: number): Promise<number> => wrk([...args, '-t1', '-c16', `-d${s}s`, `http://127.0.0.1:${port}/some/path?of=query`])
  await load(1)
  const before = await usage()
  const requests = await load(seconds)
  const after = await usage()
  server.kill()
  await once(server, 'exit')
  return (after.user + after.system - before.user - before.system) / requests

  async function usage (): Promise<NodeJS.CpuUsage> {
    server.send('usage')
    const [cpu] = await once(server, 'message') as [NodeJS.CpuUsage]
    return cpu
  }
}

async function wrk (args: string[]): Promise<number> {
  const child = spawn('wrk', args)
  let output = ''
  child.stdout.on('data', (piece) => { output += String(piece) })
  await once(child, 'close')
  const requests = /(\d+) requests in/.exec(output)?.[1]
  if (requests === undefined) throw new Error(output)
  return Number(requests)
}
