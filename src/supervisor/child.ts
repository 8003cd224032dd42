import type { Socket } from 'node:net'
import { systemClock, type Clock } from '../base/clock.ts'
import { readToChild, type BoundListener, type FromChild, type ListenerName, type Plan, type ToChild } from './messages.ts'

/** How often a child says that it is there. */
const aliveMs = 1000

/** The signals that a terminal or a process manager sends to all processes: only the supervisor acts on them. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const

/** What a child does when it is told to; control has more to do than a worker. */
export interface ChildHandlers {
  /** The socket is half-open where its client ends its side, as it is read from its first byte. */
  onConnection (listener: ListenerName, socket: Socket): void
  /** Take connections for `delayMs` more, answer what is in flight, and end. Called once; also when the supervisor is gone. */
  onDrain (delayMs: number): void
  /** The gateway ends; `onDrain` is called when all workers have ended. */
  onStopping? (): void
  /** Another process has taken the place of this one: end, without a hurry. Without it, `onDrain(0)` is called. */
  onRetire? (): void
  /** So many more connections were refused because of `maxConnections`. */
  onDropped? (count: number): void
  onWorkers? (workers: Extract<ToChild, { type: 'workers' }>['workers']): void
}

/** A listener that the supervisor could not bind. */
export type Unbound = Extract<ToChild, { type: 'unbound' }>

export interface SupervisorLink {
  /** Tells the plan, and resolves with what was bound, or with the first that could not be. */
  plan (plan: Omit<Plan, 'type'>): Promise<readonly BoundListener[] | Unbound>
  /** From now on connections come. */
  ready (): void
  /** Connections that came and have not ended. */
  readonly open: number
  /** Lets the process end, if nothing else keeps it alive. */
  close (): void
}

/** The part of `process` that a child needs. */
export type ChildProcessSide = Pick<NodeJS.Process, 'on' | 'send' | 'disconnect' | 'connected'>

/** The child's half of what src/supervisor/ does: called once, at the start of a process that has been forked by it. */
export function connectToSupervisor (side: ChildProcessSide, handlers: ChildHandlers, clock: Clock = systemClock): SupervisorLink {
  let open = 0
  let isToldSoon = false
  let isDraining = false
  let answerPlan: ((answer: readonly BoundListener[] | Unbound) => void) | undefined
  let cancelAlive = clock.after(aliveMs, tellAlive)

  function tell (message: FromChild): void {
    // The callback is what keeps an error from being thrown later: a supervisor that is gone is told of by 'disconnect'.
    if (side.connected) side.send?.(message, undefined, {}, () => {})
  }

  function tellAlive (): void {
    tell({ type: 'alive' })
    cancelAlive = clock.after(aliveMs, tellAlive)
  }

  function drain (delayMs: number): void {
    if (isDraining) return
    isDraining = true
    handlers.onDrain(delayMs)
  }

  function retire (): void {
    if (handlers.onRetire === undefined) return drain(0)
    if (isDraining) return
    isDraining = true
    handlers.onRetire()
  }

  /** Connections end in bursts: one message for each turn of the loop. */
  function ended (): void {
    open--
    if (isToldSoon) return
    isToldSoon = true
    setImmediate(() => {
      isToldSoon = false
      tell({ type: 'open', count: open })
    })
  }

  function take (id: number, listener: ListenerName, socket: Socket | undefined): void {
    if (socket !== undefined) open++
    // Before anything can go wrong with it: from here on the connection is this process's, and goes to no other.
    tell({ type: 'got', id, open })
    if (socket === undefined) return
    socket.allowHalfOpen = true
    socket.once('close', ended)
    handlers.onConnection(listener, socket)
  }

  function receive (message: ToChild, socket: Socket | undefined): void {
    switch (message.type) {
      case 'connection': return take(message.id, message.listener, socket)
      case 'bound': return answerPlan?.(message.listeners)
      case 'unbound': return answerPlan?.(message)
      case 'dropped': return handlers.onDropped?.(message.count)
      case 'workers': return handlers.onWorkers?.(message.workers)
      case 'stopping': return handlers.onStopping?.()
      case 'drain': return drain(message.delayMs)
      case 'retire': return retire()
      default: message satisfies never
    }
  }

  for (const signal of signals) side.on(signal, () => {})
  side.on('disconnect', () => {
    cancelAlive()
    drain(0)
  })
  side.on('message', (value, handle) => {
    const message = readToChild(value)
    if (message !== undefined) receive(message, handle as Socket | undefined)
  })

  return {
    plan: (plan) => new Promise((resolve) => {
      answerPlan = resolve
      tell({ type: 'plan', ...plan })
    }),
    ready: () => { tell({ type: 'ready' }) },
    get open () {
      return open
    },
    close: () => {
      cancelAlive()
      isDraining = true
      if (side.connected) side.disconnect()
    }
  }
}
