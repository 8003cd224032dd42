import { rmSync } from 'node:fs'
import type { ChildProcess } from 'node:child_process'
import type { Clock } from '../base/clock.ts'
import { writeChildEnvironment } from './child-environment.ts'
import { Dealer } from './dealer.ts'
import { Forked, type Place, type Waiting } from './forked.ts'
import type { Identity, LinkPlace } from './identity.ts'
import type { FromChild } from './messages.ts'
import type { SupervisorLog } from './supervisor-log.ts'

export interface ChildrenOptions {
  /** Starts a process with this environment. */
  readonly fork: (env: NodeJS.ProcessEnv) => ChildProcess
  readonly env: NodeJS.ProcessEnv
  readonly identity: Identity
  readonly link: LinkPlace
  readonly clock: Clock
  readonly log: SupervisorLog
}

export interface ChildEvents {
  onMessage (child: Forked, message: FromChild): void
  onEnd (child: Forked, reason: string): void
}

/** All children of the supervisor, of whatever generation, and their connections. */
export class Children {
  readonly living = new Set<Forked>()
  readonly #dealers: Record<Place['role'], Dealer>
  readonly #options: ChildrenOptions

  constructor (options: ChildrenOptions) {
    this.#options = options
    this.#dealers = { control: new Dealer(options.clock), worker: new Dealer(options.clock) }
  }

  start (place: Place, events: ChildEvents): Forked {
    const { fork, clock, log } = this.#options
    const dealer = this.#dealers[place.role]
    const child: Forked = new Forked(place, fork(this.#environmentOf(place)), clock, {
      onMessage: (message) => {
        if (message.type === 'got') dealer.acknowledged()
        events.onMessage(child, message)
      },
      onMalformed: () => { log('error', 'a message of a child is malformed', { child: child.name, childPid: child.pid }) },
      onEnd: (reason) => {
        this.living.delete(child)
        dealer.takeBack(child)
        events.onEnd(child, reason)
      }
    })
    this.living.add(child)
    return child
  }

  of (role: Place['role']): Forked[] {
    return [...this.living].filter(({ place }) => place.role === role)
  }

  /** Connections of workers, and those that wait for one. */
  get open (): number {
    let count = this.#dealers.worker.waiting
    for (const { place, open } of this.living) if (place.role === 'worker') count += open
    return count
  }

  /** From now on it gets connections, or no longer. */
  join (child: Forked): void {
    this.#dealers[child.place.role].join(child)
  }

  leave (child: Forked): void {
    this.#dealers[child.place.role].leave(child)
  }

  deal (waiting: Waiting): void {
    this.#dealers[waiting.listener === 'admin' ? 'control' : 'worker'].add(waiting)
  }

  /** Closes the connections that wait for children of this role. */
  refuse (role: Place['role']): void {
    this.#dealers[role].end()
  }

  #environmentOf (place: Place): NodeJS.ProcessEnv {
    const { env, identity, link } = this.#options
    const path = link.path(place.generation)
    if (place.role === 'control' && !path.startsWith('@')) rmSync(path, { force: true }) // of one that was killed
    return { ...env, ...writeChildEnvironment(place, path, identity) }
  }
}
