import { inBackground } from '../base/background.ts'
import type { Clock } from '../base/clock.ts'
import type { Children } from './children.ts'
import { UnboundError, type Doors } from './doors.ts'
import type { Forked, Role } from './forked.ts'
import { isCrashLoop, Keeper } from './keeper.ts'
import type { FromChild, Plan, WorkerState } from './messages.ts'
import type { SupervisorLog } from './supervisor-log.ts'

export interface GenerationOptions {
  readonly number: number
  /** The link of the control whose place that of this generation takes. */
  readonly predecessor?: string | undefined
  readonly children: Children
  readonly doors: Doors
  readonly clock: Clock
  readonly random: () => number
  readonly log: SupervisorLog
  /** A child has ended, after what there is to do about it was begun. */
  readonly onEnd: (child: Forked, reason: string) => void
  /** Workers only ever end. `reason` is that of the first. */
  readonly onCrashLoop: (reason: string) => void
}

/** A child ended before all were ready. */
export class StartError extends Error {
  readonly reason: string

  constructor (child: string, reason: string) {
    super(`${child} ended during the start: ${reason}`)
    this.reason = reason
  }
}

/** What a child that is started for the first time is waited for with. */
interface Start {
  resolve (): void
  reject (error: Error): void
}

/** A control and its workers: those that were started with the same settings and code. */
export class Generation {
  readonly control: Keeper
  readonly workers: Keeper[] = []
  /** Set once its listeners are bound. */
  plan: Plan | undefined
  /** Its children get connections when they are ready. */
  #isServing = false
  /** Its children are started again when they end. */
  #isKept = false
  #isStopped = false
  #firstReason = ''
  readonly #starts = new Map<Keeper, Start>()
  #planned: Start | undefined
  #failure: Error | undefined
  readonly #options: GenerationOptions

  constructor (options: GenerationOptions) {
    this.#options = options
    this.control = this.#keeper('control', 0)
  }

  /** Starts control. Both promises reject when it ends before: `bound` is for its listeners, `ready` for control itself. */
  startControl (): { readonly bound: Promise<void>, readonly ready: Promise<void> } {
    const bound = new Promise<void>((resolve, reject) => { this.#planned = { resolve, reject } })
    const ready = this.#start(this.control)
    inBackground(ready, () => {}) // whoever waits for `bound` first hears of it there
    return { bound, ready }
  }

  /** Starts one worker more; resolves when it is ready, and rejects when it ends before. */
  startWorker (): Promise<void> {
    const worker = this.#keeper('worker', this.workers.length + 1)
    this.workers.push(worker)
    return this.#start(worker)
  }

  /** From now on, what is ready gets connections. */
  serve (): void {
    this.#isServing = true
    for (const { child } of this.#keepers) if (child?.isReady === true && !child.hasEnded) this.#options.children.join(child)
  }

  /** From now on, what ends is started again. */
  keep (): void {
    this.#isKept = true
  }

  /** Starts no child again. Those that run go on. */
  stop (): void {
    this.#isStopped = true
    for (const keeper of this.#keepers) keeper.stop()
  }

  get number (): number {
    return this.#options.number
  }

  get isStopped (): boolean {
    return this.#isStopped
  }

  /** Ends it before it has served anybody. */
  abandon (): void {
    this.stop()
    for (const { child } of this.#keepers) child?.kill()
  }

  /** Another control has taken the place of this one's, which ends; workers go on without it. */
  retire (): void {
    this.stop()
    const { child } = this.control
    if (child === undefined || child.hasEnded) return
    this.#options.children.leave(child)
    child.retire(this.plan?.drainMs ?? 0)
  }

  /** Worker `number` gets no more connections and ends when it has answered what is in flight, and told its clients. */
  drainWorker (number: number): void {
    const child = this.workers[number - 1]?.child
    if (child === undefined || child.hasEnded || child.isDraining) return
    this.#options.children.leave(child)
    child.retire(this.plan?.drainMs ?? 0)
  }

  get #keepers (): Keeper[] {
    return [this.control, ...this.workers]
  }

  #start (keeper: Keeper): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#starts.set(keeper, { resolve, reject })
      keeper.start()
    })
  }

  /** One child that ends before the others are ready too is enough: none of them is started again yet. */
  #fail (error: Error): void {
    this.#failure = error
    this.#planned?.reject(error)
    for (const { reject } of this.#starts.values()) reject(error)
    this.#starts.clear()
  }

  #keeper (role: Role, worker: number): Keeper {
    const { number, predecessor, children, clock, random } = this.#options
    const keeper: Keeper = new Keeper({
      // A control that is started again finds none before it: that was told to retire.
      fork: (onEnd) => children.start({ role, worker, generation: number, predecessor: this.#isKept ? undefined : predecessor }, {
        onMessage: (child, message) => { this.#onMessage(keeper, child, message) },
        onEnd
      }),
      onEnd: (child, reason, livedMs) => this.#onEnd(keeper, child, reason, livedMs),
      onForkError: (error) => {
        this.#options.log('error', 'no process could be started', { reason: error.message })
        if (!this.#isKept) this.#fail(new StartError(role, error.message))
        return this.#isKept
      },
      clock,
      random
    })
    return keeper
  }

  #onMessage (keeper: Keeper, child: Forked, message: FromChild): void {
    if (message.type === 'plan' && child.place.role === 'control') void this.#carryOut(child, message)
    if (message.type !== 'ready' || child.isReady) return
    child.readyAt = this.#options.clock.now()
    if (this.#isServing && !this.#isStopped) this.#options.children.join(child)
    this.#tellWorkers()
    this.#starts.get(keeper)?.resolve()
    this.#starts.delete(keeper)
  }

  async #carryOut (control: Forked, plan: Plan): Promise<void> {
    try {
      const listeners = await this.#options.doors.open(plan.listeners)
      this.plan = plan
      control.tell({ type: 'bound', listeners })
      this.#planned?.resolve()
    } catch (error) {
      if (!(error instanceof UnboundError)) throw error
      control.tell({ type: 'unbound', name: error.listener, code: error.code, address: error.address, port: error.port })
    }
  }

  #onEnd (keeper: Keeper, child: Forked, reason: string, livedMs: number): boolean {
    const { log, onEnd, onCrashLoop } = this.#options
    const error = new StartError(child.name, reason)
    const isRespawned = this.#isKept && !this.#isStopped
    if (!this.#isStopped) {
      const fields = { reason, childPid: child.pid, livedMs: Math.round(livedMs) }
      if (isRespawned) log('error', `${child.name} has ended and is started again`, fields)
      if (keeper.earlyEnds === 1 && this.workers.every(({ earlyEnds }) => earlyEnds <= 1)) this.#firstReason = `${child.name}: ${reason}`
    }
    this.#tellWorkers()
    if (!this.#isKept) this.#fail(error)
    if (isRespawned && isCrashLoop(this.workers)) onCrashLoop(this.#firstReason)
    onEnd(child, reason)
    return isRespawned
  }

  #tellWorkers (): void {
    const workers = this.workers.flatMap(({ child, restarts }): WorkerState[] => child === undefined
      ? []
      : [{ worker: child.place.worker, pid: child.pid, isReady: child.isReady && !child.hasEnded, restarts }])
    this.control.child?.tell({ type: 'workers', workers })
  }
}
