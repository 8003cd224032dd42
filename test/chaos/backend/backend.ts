// A backend as a process of its own, that the chaos run does things to.

import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { answerTo, backendHeader, bodyOfPost, idHeader } from './answer.ts'
import type { BackendJob, BackendNews, BackendOrder } from './job.ts'

const job = JSON.parse(process.argv[2] as string) as BackendJob
let behaviour: Required<BackendOrder> = { answers: 'well', delayMs: 0, health: 'steady' }
let isLeaving = false
let checks = 0

const server = createServer((req, res) => {
  if (isLeaving) res.setHeader('connection', 'close')
  if (req.url === '/health') answerCheck(res)
  else answer(req, res).catch(() => { res.destroy() })
})
// Longer than any gateway here keeps an idle connection: who closes first is not what is tried.
server.keepAliveTimeout = 600_000

server.on('upgrade', (req, socket) => {
  socket.on('error', () => {})
  // RFC 6455 section 4.2.2; HAProxy holds a backend to it.
  const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
  socket.pipe(socket)
})

process.on('message', (order: BackendOrder) => { behaviour = { ...behaviour, ...order } })
process.on('disconnect', () => { process.exit(0) })
process.once('SIGTERM', () => { void leave() })
server.listen(job.port, '127.0.0.1', () => { tell('listening') })

function answerCheck (res: ServerResponse): void {
  checks++
  const isWell = !isLeaving && (behaviour.health === 'steady' || checks % 2 === 0)
  res.writeHead(isWell ? 200 : 503).end(isWell ? 'well' : 'not well')
}

async function answer (req: IncomingMessage, res: ServerResponse): Promise<void> {
  const id = String(req.headers[idHeader])
  const workMs = Number(new URL(req.url ?? '/', 'http://backend').searchParams.get('work'))
  if (req.method === 'POST') record('received', id)
  let body = ''
  for await (const piece of req.setEncoding('latin1')) body += piece
  if (body !== (req.method === 'POST' ? bodyOfPost(id) : '')) throw new Error('not the body of this request')
  if (req.method === 'POST') record('executed', id)
  await pause(workMs + behaviour.delayMs)
  const status = behaviour.answers === 'well' ? 200 : 500
  res.writeHead(status, { [idHeader]: id, [backendHeader]: job.name, 'content-type': 'text/plain' })
  res.end(answerTo(id, job.name))
}

/** At once: a SIGKILL must not take it away. */
function record (what: 'received' | 'executed', id: string): void {
  appendFileSync(job.recordFile, `${what} ${id}\n`)
}

/** As a good citizen: not well, then no new connections, then what is in flight is finished. */
async function leave (): Promise<void> {
  isLeaving = true
  await pause(job.lameDuckMs)
  tell('closing')
  server.close(() => { process.exit(0) })
}

function tell (news: BackendNews): void {
  process.send?.(news)
}
