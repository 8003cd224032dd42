import type { ChildProcess } from 'node:child_process'
import type { Server } from 'node:net'
import type { Clock } from '../base/clock.ts'
import type { Doors, Inherited } from './doors.ts'
import type { Identity } from './identity.ts'
import { within } from './replace.ts'

/** How long a new supervisor may take until its children are ready. */
const readyMs = 60_000

/** What a supervisor that takes over is told before it starts its children. */
export interface Inheritance {
  readonly identity: Identity
  /** The link of the control whose place its control takes. */
  readonly predecessor: string
  readonly listeners: readonly Inherited[]
}

/** First the inheritance, and when the new supervisor is ready, the listeners: it must accept nothing that it may never serve. */
type ToSuccessor = { readonly type: 'inherit' } & Inheritance | { readonly type: 'listener', readonly key: string }

/** `ready`: its children are. `taken`: it accepts by all listeners. */
interface FromSuccessor {
  readonly type: 'ready' | 'taken'
}

/** Resolves when `successor` accepts by all listeners. Rejects when it ends before, or takes longer than 60 s. */
export async function handOverTo (
  successor: ChildProcess,
  inheritance: Omit<Inheritance, 'listeners'>,
  doors: Doors,
  clock: Clock
): Promise<void> {
  const tell = (message: ToSuccessor, server?: Server): void => {
    if (successor.connected) successor.send(message, server, () => {})
  }
  const taken = new Promise<void>((resolve, reject) => {
    successor.once('error', reject)
    successor.once('exit', (code, signal) => { reject(new Error(`it ended before it was ready: ${signal ?? `exit code ${code}`}`)) })
    successor.on('message', ({ type }: FromSuccessor) => {
      if (type === 'taken') resolve()
      else for (const { key, server } of doors.all) tell({ type: 'listener', key }, server)
    })
  })
  tell({ type: 'inherit', ...inheritance, listeners: doors.all.map(({ key, bound }) => ({ key, bound })) })
  await within(readyMs, clock, taken)
}

/** The part of `process` that a supervisor that takes over needs. */
export type SuccessorSide = Pick<NodeJS.Process, 'on' | 'once' | 'off' | 'send' | 'disconnect' | 'connected'>

/** What the supervisor says whose place this one takes. */
export function inherit (side: SuccessorSide): Promise<Inheritance> {
  return new Promise((resolve) => { side.once('message', (message) => { resolve(message as Inheritance) }) })
}

/** Takes all listeners and leaves the other supervisor. Rejects when that is gone before. */
export async function takeOver (side: SuccessorSide, doors: Doors): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const gone = (): void => { reject(new Error('the supervisor before this one is gone')) }
    const tell = (type: FromSuccessor['type']): void => { side.send?.({ type } satisfies FromSuccessor, undefined, {}, () => {}) }
    if (!side.connected) gone()
    side.once('disconnect', gone)
    side.on('message', (message, server) => {
      doors.take((message as { key: string }).key, server as Server).then(() => {
        if (doors.expected > 0) return
        side.off('disconnect', gone)
        tell('taken')
        resolve()
      }, reject)
    })
    tell('ready')
  })
  side.disconnect()
}
