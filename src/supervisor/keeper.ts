import type { Clock } from '../base/clock.ts'
import type { Forked } from './forked.ts'
import { respawnDelayMs, steadyMs } from './respawn.ts'

export interface KeeperOptions {
  /** Starts the child; `onEnd` is to be called when it has ended. */
  readonly fork: (onEnd: (child: Forked, reason: string) => void) => Forked
  /** Returns whether it is to be started again. */
  readonly onEnd: (child: Forked, reason: string, livedMs: number) => boolean
  /** The system has no memory or files for a process now; returns the same. */
  readonly onForkError: (error: Error) => boolean
  readonly clock: Clock
  readonly random: () => number
}

/** Keeps one child running. */
export class Keeper {
  /** The last that was started; it may have ended. */
  child: Forked | undefined
  restarts = 0
  /** How often in a row the child crashed before it was ready, or within `earlyMs` after that. */
  earlyEnds = 0
  #endsInARow = 0
  #isStopped = false
  #cancel = (): void => {}
  readonly #options: KeeperOptions

  constructor (options: KeeperOptions) {
    this.#options = options
  }

  start (): void {
    try {
      this.child = this.#options.fork((child, reason) => { this.#ended(child, reason) })
    } catch (error) {
      this.#endsInARow++
      if (this.#options.onForkError(error as Error)) this.#restart()
    }
  }

  /** Does not start it again; one that runs goes on. */
  stop (): void {
    this.#isStopped = true
    this.#cancel()
  }

  #ended (child: Forked, reason: string): void {
    const { clock, onEnd } = this.#options
    const now = clock.now()
    const servedMs = now - (child.readyAt ?? now)
    // One that was ready and is killed from outside, by an operator or for its memory, says nothing of its code.
    const isCrash = !child.isReady || reason !== 'SIGKILL'
    this.earlyEnds = isCrash && servedMs < earlyMs ? this.earlyEnds + 1 : 0
    this.#endsInARow = isCrash && servedMs < steadyMs ? this.#endsInARow + 1 : 1
    if (onEnd(child, reason, now - child.startedAt)) this.#restart()
  }

  #restart (): void {
    const { clock, random } = this.#options
    if (this.#isStopped) return
    this.#cancel = clock.after(respawnDelayMs(this.#endsInARow, random), () => {
      this.restarts++
      this.start()
    })
  }
}

/** A child that crashes sooner after it was ready may never be of use: how long a start takes says more about the machine. */
export const earlyMs = 5000

/** When each of them ended early so many times in a row, starting them again is of no use. */
const maxEarlyEnds = 5

/** Whether children only ever end, and none serves: an orchestrator should see that. Killed in turn, they are no such case. */
export function isCrashLoop (keepers: readonly Keeper[]): boolean {
  return keepers.length > 0 && keepers.every(({ earlyEnds, child }) => earlyEnds >= maxEarlyEnds &&
    (child === undefined || child.hasEnded || !child.isReady))
}
