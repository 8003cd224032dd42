import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../ports.ts'
import { hasEnded, start, stop } from '../processes.ts'
import type { BackendJob, BackendNews, BackendOrder } from './job.ts'

const program = fileURLToPath(new URL('./backend.js', import.meta.url))
const startTimeoutMs = 10_000

/** A backend that can be killed and started again at the same port. */
export class FleetMember {
  readonly name: string
  readonly port: number
  readonly protocol: BackendJob['protocol']
  readonly #job: BackendJob
  readonly #folder: string
  readonly #onCut: () => void
  #child: ChildProcess | undefined

  constructor (job: BackendJob, folder: string, onCut: () => void) {
    this.name = job.name
    this.port = job.port
    this.protocol = job.protocol
    this.#job = job
    this.#folder = folder
    this.#onCut = onCut
  }

  /** Resolves when it accepts connections. */
  async start (): Promise<void> {
    const child = start({
      command: process.execPath,
      args: [program, JSON.stringify(this.#job)],
      cwd: this.#folder,
      logFile: join(this.#folder, `${this.name}.log`),
      hasChannel: true
    })
    this.#child = child
    child.on('message', (news: BackendNews) => { if (news === 'closing') this.#onCut() })
    await once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMs) })
  }

  async kill (): Promise<void> {
    const ended = once(this.#running(), 'exit')
    this.#running().kill('SIGKILL')
    this.#onCut()
    await ended
  }

  /** By SIGTERM; resolves when it has ended. */
  async leave (): Promise<void> {
    const ended = once(this.#running(), 'exit')
    this.#running().kill('SIGTERM')
    await ended
  }

  freeze (): void {
    this.#running().kill('SIGSTOP')
  }

  thaw (): void {
    this.#running().kill('SIGCONT')
  }

  order (order: BackendOrder): void {
    this.#running().send(order)
  }

  async end (): Promise<void> {
    if (this.#child === undefined || hasEnded(this.#child)) return
    this.#child.kill('SIGCONT')
    this.#child.kill('SIGKILL')
    await stop(this.#child)
  }

  #running (): ChildProcess {
    if (this.#child === undefined || hasEnded(this.#child)) throw new Error(`the backend ${this.name} is not running`)
    return this.#child
  }
}

/** What the backends have seen: how often each id. */
export interface PostRecords {
  /** GETs. */
  readonly got: ReadonlyMap<string, number>
  /** POSTs. */
  readonly received: ReadonlyMap<string, number>
  readonly executed: ReadonlyMap<string, number>
}

export interface FleetOptions {
  /** From SIGTERM until a backend stops listening. */
  readonly lameDuckMs: number
  /** The second of the three speaks HTTP/2, by prior knowledge. */
  readonly hasHttp2: boolean
}

/** Three backends. */
export class Fleet {
  readonly members: readonly [FleetMember, FleetMember, FleetMember]
  /** When a backend was killed or stopped listening: what was on its way to it then may be lost. Monotonic, in ms. */
  readonly cuts: number[] = []
  readonly #recordFile: string

  private constructor (ports: readonly number[], folder: string, { lameDuckMs, hasHttp2 }: FleetOptions) {
    this.#recordFile = join(folder, 'posts')
    const member = (number: number): FleetMember => {
      const protocol = hasHttp2 && number === 2 ? 'h2c' : 'h1'
      const port = ports[number - 1] as number
      const job: BackendJob = { name: `backend-${number}`, port, protocol, recordFile: this.#recordFile, lameDuckMs }
      return new FleetMember(job, folder, () => { this.cuts.push(performance.now()) })
    }
    this.members = [member(1), member(2), member(3)]
  }

  static async start (folder: string, options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet([await freePort(), await freePort(), await freePort()], folder, options)
    await Promise.all(fleet.members.map((member) => member.start()))
    return fleet
  }

  posts (): PostRecords {
    const lines = existsSync(this.#recordFile) ? readFileSync(this.#recordFile, 'utf8').split('\n') : []
    return { got: countIds(lines, 'got '), received: countIds(lines, 'received '), executed: countIds(lines, 'executed ') }
  }

  async end (): Promise<void> {
    await Promise.all(this.members.map((member) => member.end()))
  }
}

function countIds (lines: readonly string[], prefix: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of lines) {
    if (!line.startsWith(prefix)) continue
    const id = line.slice(prefix.length)
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}
