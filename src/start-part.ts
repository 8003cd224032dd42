import type { FastifyInstance } from 'fastify'
import { createPart, type AppOptions } from './app.ts'
import { maxClientConnections } from './config/file-shares.ts'
import { OperatorError } from './config/operator-error.ts'
import { closingMs, exit, exitCodes, fail } from './ending.ts'
import { workersOf, type ProcessRole } from './link/process-role.ts'
import { createProgramLog } from './observe/program-log.ts'
import { connectToSupervisor, type ChildHandlers, type SupervisorLink, type Unbound } from './supervisor/child.ts'
import { readChildEnvironment } from './supervisor/child-environment.ts'
import { linkAddress } from './supervisor/identity.ts'
import type { BoundListener, PlannedListener } from './supervisor/messages.ts'

/** As in a drain, of a worker whose place another has taken: there is no hurry, and who asks within this time loses nothing. */
const retiredPartingMs = 5000

type Part = Exclude<ProcessRole, { type: 'alone' }>

/** What the supervisor has said in the environment; undefined in a process that it has not started. */
export function partFrom (env: NodeJS.ProcessEnv): Part | undefined {
  const child = readChildEnvironment(env)
  if (child === undefined) return undefined
  const { role, worker: number, gateway } = child
  const link = linkAddress(child.link)
  const secrets = { ...child.secrets, gateway }
  const predecessor = child.predecessor === undefined ? undefined : linkAddress(child.predecessor)
  return role === 'control' ? { type: role, link, predecessor, secrets } : { type: role, link, secrets, number, pid: process.pid }
}

/** Runs control or a worker until the supervisor ends it. If the start fails, it prints what is wrong and ends with exit code 1. */
export async function startPart (part: Part, options: AppOptions): Promise<void> {
  const log = createProgramLog({ isShared: true, fields: part.type === 'worker' ? { worker: part.number } : { role: 'control' } })
  let app: FastifyInstance | undefined
  let link: SupervisorLink | undefined

  async function end (delayMs: number, partingMs?: number): Promise<void> {
    if (app?.server.listening !== true) return exit(exitCodes.ended, log)
    const { SHUTDOWN_TIMEOUT_MS } = app.config
    setTimeout(() => { fail(new OperatorError('a plugin did not close in time'), log) }, delayMs + SHUTDOWN_TIMEOUT_MS + closingMs).unref()
    await app.drain(delayMs, partingMs)
    link?.close()
    exit(exitCodes.ended, log)
  }

  const handlers: ChildHandlers = {
    onConnection: (listener, socket) => {
      const server = listener === 'admin' ? app?.admin.server : listener === 'tls' ? app?.tls?.server : app?.server
      if (server === undefined) socket.destroy()
      else server.emit('connection', socket)
    },
    onDrain: (delayMs) => { end(delayMs).catch((error: unknown) => { fail(error, log) }) },
    ...part.type === 'worker' && { onRetire: () => { end(0, retiredPartingMs).catch((error: unknown) => { fail(error, log) }) } },
    onStopping: () => { if (app !== undefined) app.lifecycle.isDraining = true },
    onWorkers: (states) => { app?.workerStates.splice(0, Infinity, ...states) },
    onDropped: (count) => { for (let i = 0; i < count; i++) app?.listener.emit('drop') }
  }
  try {
    link = connectToSupervisor(process, handlers)
    app = await createPart({ logger: log.logger, ...options }, part)
    if (part.type === 'control') await startControl(app, part.link, link)
    // A server that does not listen ends at once when it is closed, and enforces no time limits: nobody else knows this socket.
    await app.listen({ path: ownSocket(part.link, 'traffic'), listenTextResolver: () => `${part.type} is ready` })
    if (part.type === 'worker') link.ready()
  } catch (error) {
    fail(error, log)
  }
}

/** Control wants its connections before the first health checks have ended: it can say "live" and "not ready". */
async function startControl (app: FastifyInstance, path: string, link: SupervisorLink): Promise<void> {
  const { config, log, tls } = app
  const { HOST: host, SHUTDOWN_DELAY_MS: delayMs, SHUTDOWN_TIMEOUT_MS } = config
  const workers = workersOf(config.WORKERS)
  const listeners: PlannedListener[] = [
    { name: 'admin', host: config.ADMIN_HOST, port: config.ADMIN_PORT },
    { name: 'traffic', host, port: config.PORT },
    ...tls === undefined ? [] : [{ name: 'tls', host, port: Number(config.TLS_PORT) } as const]
  ]
  await app.admin.listen({ path: ownSocket(path, 'admin') })
  const maxConnections = maxClientConnections(config.MAX_CLIENT_CONNECTIONS, workers)
  const answer = await link.plan({ workers, listeners, maxConnections, delayMs, drainMs: SHUTDOWN_TIMEOUT_MS + closingMs })
  if ('code' in answer) throw bindError(answer)
  for (const bound of answer) log.info(describe(bound))
  link.ready()
  app.acme?.begin()
}

function describe ({ name, address, port }: BoundListener): string {
  const host = address.includes(':') ? `[${address}]` : address
  switch (name) {
    case 'admin': return `admin listener: http://${host}:${port}`
    case 'traffic': return `traffic listener: http://${host}:${port}`
    case 'tls': return `TLS listener: https://${host}:${port}`
    default: return name satisfies never
  }
}

function bindError ({ code, address, port }: Unbound): Error {
  return Object.assign(new Error(`listen ${code} ${address}:${port}`), { code, address, port, syscall: 'listen' })
}

/** A path that no other process has, beside the link. */
function ownSocket (link: string, name: string): string {
  return `${link}.${process.pid}.${name}`
}
