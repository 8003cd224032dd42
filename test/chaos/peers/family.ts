import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { adopt, isAlive, sendTo } from '../processes.ts'

interface LogLine {
  readonly level: number
  readonly msg: string
  readonly pid: number
  readonly worker?: number
  readonly successorPid?: number
  readonly reason?: string
}

/** What the log says where processes could not be replaced. */
const refusals = ['the new workers did not start; the old ones go on', 'the new supervisor did not start; the old one goes on']

/** One process of a gateway. */
export interface Member {
  readonly role: 'worker' | 'control'
  readonly pid: number
}

/** How long anything that the supervisor is asked for may take, in ms. */
const patienceMs = 90_000

/** The processes of a gateway with workers, as its log tells of them. */
export class Family {
  readonly #logFile: string
  #supervisor: number

  constructor (supervisor: number, logFile: string) {
    this.#supervisor = supervisor
    this.#logFile = logFile
  }

  /** Those that were ready once and run. */
  living (): Member[] {
    return this.lines()
      .flatMap(({ msg, pid }): Member[] => {
        if (msg === 'worker is ready') return [{ role: 'worker', pid }]
        return msg === 'control is ready' ? [{ role: 'control', pid }] : []
      })
      .filter(({ pid }) => isAlive(pid))
  }

  lines (): LogLine[] {
    const text = readFileSync(this.#logFile, 'utf8')
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  }

  /** Resolves when control and all workers run. */
  async isWhole (workers: number): Promise<void> {
    await this.#until('all processes', () => this.living().length > workers)
  }

  /** Asks for new processes; resolves with how long that took, in ms. */
  async reload (): Promise<number> {
    return await this.#ask('SIGHUP', 'all workers are replaced')
  }

  /** Asks for a new supervisor; resolves with how long that took, in ms. */
  async upgrade (): Promise<number> {
    const ms = await this.#ask('SIGUSR2', 'another supervisor has taken over')
    this.#supervisor = this.lines().findLast(({ successorPid }) => successorPid !== undefined)?.successorPid as number
    adopt(this.#supervisor)
    return ms
  }

  /** At once. A supervisor that runs no longer is left alone. */
  end (): void {
    sendTo(this.#supervisor, 'SIGKILL')
    for (const { pid } of this.living()) sendTo(pid, 'SIGKILL')
  }

  async #ask (signal: NodeJS.Signals, done: string): Promise<number> {
    const startedAt = performance.now()
    const count = (): number => this.lines().filter(({ msg }) => msg === done).length
    const before = count()
    sendTo(this.#supervisor, signal)
    await this.#until(done, () => {
      const refusal = this.lines().find(({ msg }) => refusals.includes(msg))
      if (refusal !== undefined) throw new Error(`${refusal.msg}: ${refusal.reason}`)
      return count() > before
    })
    return performance.now() - startedAt
  }

  async #until (what: string, condition: () => boolean): Promise<void> {
    const end = performance.now() + patienceMs
    while (!condition()) {
      if (performance.now() > end) throw new Error(`waited ${patienceMs} ms in vain for: ${what}`)
      await pause(20)
    }
  }
}
