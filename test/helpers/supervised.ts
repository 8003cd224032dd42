import { fork, type ChildProcess } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { makeIdentity, makeLinkPlace } from '../../src/supervisor/identity.ts'
import type { BoundListener, ListenerName, Plan, WorkerState } from '../../src/supervisor/messages.ts'
import { Supervisor } from '../../src/supervisor/supervisor.ts'
import { until } from './until.ts'

const extension = import.meta.url.slice(-2)
const script = fileURLToPath(new URL(`./supervised-child.${extension}`, import.meta.url))

export interface Supervised {
  readonly supervisor: Supervisor
  readonly children: Array<{ readonly process: ChildProcess, readonly role: string, readonly worker: string }>
  /** All that children have printed, in their order. */
  readonly printed: Printed[]
  readonly log: Array<{ readonly level: string, readonly msg: string, readonly [field: string]: unknown }>
  readonly exits: number[]
  /** The environment of the children that start from now on. */
  readonly env: Record<string, string>
  port (listener?: ListenerName): number
  /** The running one. */
  worker (number: number): ChildProcess
  control (): ChildProcess
}

type Printed = Partial<{
  bound: BoundListener[]
  drain: string
  delayMs: number
  stopping: string
  dropped: number
  workers: WorkerState[]
}>

export interface SupervisedOptions extends Partial<Omit<Plan, 'type'>> {
  readonly clock?: Clock
  readonly random?: () => number
  readonly fault?: string
}

/** A supervisor in this process, with real children; started, unless one of these could not start. */
export async function supervise (t: TestContext, options: SupervisedOptions = {}): Promise<Supervised> {
  const { clock = systemClock, random = Math.random, fault = '', ...plan } = options
  const children: Supervised['children'] = []
  const printed: Printed[] = []
  const log: Supervised['log'] = []
  const exits: number[] = []
  const listeners = (['traffic', 'admin'] as const).map((name) => ({ name, host: '127.0.0.1', port: 0 }))
  const env = {
    TEST_PLAN: JSON.stringify({ workers: 2, listeners, maxConnections: 0, delayMs: 0, drainMs: 10_000, ...plan }),
    TEST_FAULT: fault
  }
  const supervisor = new Supervisor({
    fork: (childEnv) => {
      const child = fork(script, [], { env: { ...childEnv, ...env }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
      let text = ''
      child.stdout?.setEncoding('utf8').on('data', (piece) => {
        const lines = `${text}${piece}`.split('\n')
        text = lines.pop() ?? ''
        printed.push(...lines.map((line) => JSON.parse(line)))
      })
      children.push({ process: child, role: childEnv['EVENKEEL_ROLE'] ?? '', worker: childEnv['EVENKEEL_WORKER'] ?? '' })
      return child
    },
    env: {},
    identity: makeIdentity(),
    link: makeLinkPlace(),
    clock,
    random,
    startSuccessor: () => { throw new Error('only for processes') },
    onNotice: () => {},
    log: (level, msg, fields) => { log.push({ level, msg, ...fields }) },
    exit: (code) => { exits.push(code) }
  })
  t.after(async () => {
    supervisor.end(0)
    await until('an end', () => exits.length > 0)
  })
  if (await supervisor.start()) await until('bound listeners', () => printed.some(({ bound }) => bound !== undefined))
  const running = (role: string, worker: string): ChildProcess => children
    .findLast((child) => child.role === role && child.worker === worker)?.process as ChildProcess
  return {
    supervisor,
    children,
    printed,
    log,
    exits,
    env,
    port: (listener = 'traffic') => {
      const bound = printed.findLast((line) => line.bound !== undefined)?.bound
      return bound?.find(({ name }) => name === listener)?.port as number
    },
    worker: (number) => running('worker', String(number)),
    control: () => running('control', '0')
  }
}

export interface Caller {
  readonly socket: Socket
  /** Sends this and resolves with what comes next; with '' if the connection ends. */
  ask (text: string): Promise<string>
}

/** A client with one connection. */
export async function call (t: TestContext, port: number): Promise<Caller> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('utf8')
  socket.on('error', () => {}).on('end', () => { socket.end() })
  t.after(() => { socket.destroy() })
  await once(socket, 'connect')
  return {
    socket,
    ask: (text) => new Promise((resolve) => {
      if (socket.destroyed) resolve('')
      socket.once('data', resolve)
      for (const end of ['end', 'close']) socket.once(end, () => { resolve('') })
      socket.write(text)
    })
  }
}

/** Who answers a new connection: `1:4711 traffic`. */
export async function whoAnswers (t: TestContext, port: number): Promise<string> {
  const { socket, ask } = await call(t, port)
  const answer = await ask('?')
  socket.destroy()
  return answer.replace(/ \?$/, '')
}

/** Opens one connection after the other until it is told to stop; then resolves with who answered each. */
export function keepCalling (t: TestContext, port: number): () => Promise<string[]> {
  const answers: string[] = []
  let isStopped = false
  const done = until('its end', async () => {
    answers.push(await whoAnswers(t, port).catch((error: Error) => error.message))
    return isStopped
  })
  return async () => {
    isStopped = true
    await done
    return answers
  }
}
