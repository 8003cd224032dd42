import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { Children, type ChildrenOptions } from './children.ts'
import { Doors } from './doors.ts'
import { Generation, StartError } from './generation.ts'
import type { ListenerName } from './messages.ts'
import { replaceGeneration } from './replace.ts'
import { watchSilence } from './silence.ts'
import { handOverTo, takeOver, type Inheritance, type SuccessorSide } from './upgrade.ts'

/** How long refusals are counted before control is told. */
const droppedMs = 100

export interface SupervisorOptions extends ChildrenOptions {
  /** 0 to 1, for the pauses before a child is started again. */
  readonly random: () => number
  /** Ends the process. */
  readonly exit: (code: number) => void
  /** Starts a supervisor that takes over from this one, with an IPC channel. */
  readonly startSuccessor: () => ChildProcess
  /** What this supervisor takes over from another one. */
  readonly inheritance?: Inheritance | undefined
  /** Listeners that are bound already. */
  readonly descriptors?: ReadonlyMap<ListenerName, number>
  /** All is ready, or the end has begun. */
  readonly onNotice: (notice: 'ready' | 'stopping') => void
}

/** Binds the listeners, gives each connection to a child, and keeps the children running. Serves nothing itself. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #children: Children
  readonly #doors: Doors
  readonly #endWatch: () => void
  #generation: Generation
  /** The one that is to take its place, while that starts. */
  #next: Generation | undefined
  #isReloadAsked = false
  #isUpgrading = false
  #state: 'starting' | 'running' | 'stopping' | 'ending' | 'ended' = 'starting'
  #lastNumber = 1
  #exitCode = 0
  #dropped = 0

  constructor (options: SupervisorOptions) {
    this.#options = options
    this.#children = new Children(options)
    this.#doors = new Doors((listener, socket) => { this.#accept(listener, socket) })
    this.#doors.useDescriptors(options.descriptors ?? new Map())
    this.#doors.expect(options.inheritance?.listeners ?? [])
    this.#generation = this.#makeGeneration(1, options.inheritance?.predecessor)
    this.#endWatch = watchSilence(this.#children.living, options.clock, (child) => {
      options.log('error', `${child.name} says nothing and is killed`, { childPid: child.pid })
      child.kill()
    })
  }

  /** Starts control and the workers. Resolves with true when all are ready, or with false when the gateway ends since one did not start. */
  async start (): Promise<boolean> {
    const first = this.#generation
    try {
      first.serve()
      const { bound, ready } = first.startControl()
      await bound
      await Promise.all([ready, ...Array.from({ length: first.plan?.workers ?? 0 }, () => first.startWorker())])
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      // What a child printed before it ended with 1 says it already.
      if (this.#state === 'starting' && error.reason !== 'exit code 1') this.#options.log('fatal', error.message)
      this.end(1)
      return false
    }
    if (this.#state !== 'starting') return false
    this.#state = 'running'
    first.keep()
    this.#options.log('info', 'all workers are ready', { workers: first.workers.length })
    if (this.#options.inheritance === undefined) this.#options.onNotice('ready')
    if (this.#isReloadAsked) await this.reload()
    return true
  }

  /**
   * Ends the gateway without loss: clients are accepted as long as the plan says, then workers answer what is in flight, and control
   * ends last. Exits with 0, or with 1 if a child had to be killed.
   */
  stop (): void {
    if (this.#state === 'starting') this.end(0)
    if (this.#state !== 'running') return
    this.#state = 'stopping'
    const { clock, log, onNotice } = this.#options
    const { plan, control } = this.#generation
    const { delayMs = 0, drainMs = 0 } = plan ?? {}
    log('info', 'the gateway is stopping')
    onNotice('stopping')
    this.#generation.stop()
    if (this.#next !== this.#generation) this.#next?.abandon()
    control.child?.tell({ type: 'stopping' })
    for (const worker of this.#children.of('worker')) if (!worker.isDraining) worker.drain(delayMs, drainMs)
    clock.after(delayMs, () => { this.#doors.close('traffic', 'tls') })
    this.#goOn()
  }

  /**
   * Replaces all children by new ones, which read settings and code again, without loss. If these do not start, the old ones go on.
   * Resolves when it is done; asked again meanwhile, it does it once more.
   */
  async reload (): Promise<void> {
    this.#isReloadAsked = true
    if (this.#state !== 'running' || this.#next !== undefined || this.#isUpgrading) return
    const { log, clock, link } = this.#options
    while (this.#isReloadAsked && this.#state === 'running') {
      this.#isReloadAsked = false
      const old = this.#generation
      const next = this.#makeGeneration(++this.#lastNumber, link.path(old.number))
      this.#next = next
      try {
        await replaceGeneration(old, next, clock, () => { this.#generation = next })
        log('info', 'all workers are replaced', { workers: next.workers.length, generation: next.number })
      } catch (error) {
        const fields = { reason: (error as Error).message, generation: next.number }
        if (!this.#isEnding) log('error', 'the new workers did not start; the old ones go on', fields)
      }
      this.#doors.keepOnly(this.#generation.plan?.listeners ?? [])
      this.#next = undefined
    }
  }

  /** Lets a new supervisor take the listeners over, drains and exits. If that one does not start, this one goes on. */
  async upgrade (): Promise<void> {
    const { log, clock, link, identity, startSuccessor } = this.#options
    if (this.#state !== 'running' || this.#next !== undefined || this.#isUpgrading) {
      log('warn', 'no upgrade now: the last change has not ended')
      return
    }
    this.#isUpgrading = true
    const old = this.#generation
    const successor = startSuccessor()
    try {
      await handOverTo(successor, { identity, predecessor: link.path(old.number) }, this.#doors, clock)
    } catch (error) {
      successor.kill('SIGKILL') // its children end by themselves
      log('error', 'the new supervisor did not start; the old one goes on', { reason: (error as Error).message })
      this.#isUpgrading = false
      if (this.#isReloadAsked) await this.reload()
      return
    }
    log('info', 'another supervisor has taken over', { successorPid: successor.pid })
    this.#doors.close('traffic', 'tls', 'admin')
    if (this.#state !== 'running') return
    this.#state = 'stopping'
    old.retire()
    for (let number = 1; number <= old.workers.length; number++) old.drainWorker(number)
    this.#goOn()
  }

  /** The other side of it. To be called after the start. */
  async takeOver (side: SuccessorSide): Promise<void> {
    try {
      await takeOver(side, this.#doors)
      this.#options.onNotice('ready')
    } catch (error) {
      this.#options.log('fatal', (error as Error).message)
      this.end(1)
    }
  }

  /** Kills all children and exits. */
  end (code: number): void {
    if (this.#state === 'ending' || this.#state === 'ended') return
    this.#state = 'ending'
    this.#exitCode = code
    this.#generation.stop()
    this.#next?.stop()
    this.#doors.close('traffic', 'tls', 'admin')
    for (const child of this.#children.living) child.kill()
    this.#goOn()
  }

  get #isEnding (): boolean {
    return this.#state !== 'running' && this.#state !== 'starting'
  }

  #accept (listener: ListenerName, socket: Socket): void {
    const { maxConnections = 0 } = this.#generation.plan ?? {}
    if (listener !== 'admin' && maxConnections > 0 && this.#children.open >= maxConnections) {
      socket.destroy()
      this.#drop()
    } else this.#children.deal({ listener, socket })
  }

  #drop (): void {
    this.#dropped++
    if (this.#dropped > 1) return
    this.#options.clock.after(droppedMs, () => {
      this.#generation.control.child?.tell({ type: 'dropped', count: this.#dropped })
      this.#dropped = 0
    })
  }

  #makeGeneration (number: number, predecessor?: string): Generation {
    const { clock, random, log } = this.#options
    return new Generation({
      number,
      predecessor,
      children: this.#children,
      doors: this.#doors,
      clock,
      random,
      log,
      onEnd: (child) => {
        if (child.isDraining && child.wasKilled && this.#state !== 'ending') {
          log('error', `${child.name} did not end in time and was killed`, { childPid: child.pid })
          if (this.#state === 'stopping') this.#exitCode = 1
        }
        this.#goOn()
      },
      onCrashLoop: (reason) => {
        log('fatal', 'workers end as soon as they are started', { first: reason })
        this.end(1)
      }
    })
  }

  /** The next step of the end, if there is one now. */
  #goOn (): void {
    if (this.#state === 'stopping' && this.#children.of('worker').length === 0) {
      this.#children.refuse('worker')
      this.#doors.close('traffic', 'tls')
      for (const child of this.#children.of('control')) if (!child.isDraining) child.drain(0, this.#generation.plan?.drainMs ?? 0)
    }
    if ((this.#state === 'stopping' || this.#state === 'ending') && this.#children.living.size === 0) {
      this.#state = 'ended'
      this.#doors.close('traffic', 'tls', 'admin')
      this.#children.refuse('worker')
      this.#children.refuse('control')
      this.#endWatch()
      this.#options.link.remove()
      this.#options.exit(this.#exitCode)
    }
  }
}
