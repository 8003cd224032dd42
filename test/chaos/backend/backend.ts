// A backend as a process of its own, that the chaos run does things to.

import { createHash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { answerTo, answerToUpload, backendHeader, bodyOfPost, idHeader, uploadPath } from './answer.ts'
import type { BackendJob, BackendNews, BackendOrder } from './job.ts'
import { startHttp1, startHttp2, type Incoming, type Outgoing } from './server.ts'

const job = JSON.parse(process.argv[2] as string) as BackendJob
let behaviour: Required<BackendOrder> = { answers: 'well', delayMs: 0, health: 'steady' }
const records = openSync(job.recordFile, 'a')
let isLeaving = false
let checks = 0

const server = job.protocol === 'h2c' ? startHttp2(job.port, handle, onListening) : startHttp1(job.port, handle, onListening)

process.on('message', (order: BackendOrder) => { behaviour = { ...behaviour, ...order } })
process.on('disconnect', () => { process.exit(0) })
process.once('SIGTERM', () => { void leave() })

function onListening (): void {
  tell('listening')
}

function handle (req: Incoming, res: Outgoing): void {
  if (isLeaving) server.askToLeave(res)
  if (req.url === '/health') answerCheck(res)
  else answer(req, res).catch(() => { server.cut(res) })
}

function answerCheck (res: Outgoing): void {
  checks++
  const isWell = !isLeaving && (behaviour.health === 'steady' || checks % 2 === 0)
  res.statusCode = isWell ? 200 : 503
  res.end(isWell ? 'well' : 'not well')
}

async function answer (req: Incoming, res: Outgoing): Promise<void> {
  const id = String(req.headers[idHeader])
  const workMs = Number(new URL(req.url ?? '/', 'http://backend').searchParams.get('work'))
  if (req.method === 'POST') record('received', id)
  else record('got', id)
  const hash = req.url?.startsWith(uploadPath) === true ? await hashOf(req) : undefined
  if (hash === undefined) await checkBody(req, id)
  if (req.method === 'POST') record('executed', id)
  await pause(workMs + behaviour.delayMs)
  res.statusCode = behaviour.answers === 'well' ? 200 : 500
  res.setHeader(idHeader, id)
  res.setHeader(backendHeader, job.name)
  res.setHeader('content-type', 'text/plain')
  res.end(hash === undefined ? answerTo(id, job.name) : answerToUpload(id, job.name, hash))
}

async function checkBody (req: Incoming, id: string): Promise<void> {
  let body = ''
  for await (const piece of req.setEncoding('latin1')) body += piece
  if (body !== (req.method === 'POST' ? bodyOfPost(id) : '')) throw new Error('not the body of this request')
}

async function hashOf (req: Incoming): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of req) hash.update(piece)
  return hash.digest('hex')
}

/** At once: a SIGKILL must not take it away. */
function record (what: 'got' | 'received' | 'executed', id: string): void {
  writeSync(records, `${what} ${id}\n`)
}

/** As a good citizen: not well, then no new connections, then what is in flight is finished. */
async function leave (): Promise<void> {
  isLeaving = true
  await pause(job.lameDuckMs)
  tell('closing')
  await server.close()
  process.exit(0)
}

function tell (news: BackendNews): void {
  process.send?.(news)
}
