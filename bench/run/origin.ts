import { once } from 'node:events'
import { join } from 'node:path'
import { originAddresses } from '../origin/addresses.ts'
import { startPinned, stop } from './processes.ts'

/** The backends, in a process on the load core. */
export interface Origin {
  /** The first `count` of them as `address:port`. */
  readonly backends: (count: number) => string[]
  /** Forgets which of them were reached. */
  readonly reset: () => Promise<void>
  /** How many were reached since the last reset, health checks aside. */
  readonly reached: () => Promise<number>
  readonly stop: () => Promise<void>
}

const program = join(import.meta.dirname, '..', 'origin', 'origin.js')

export async function startOrigin (core: number, node: string, folder: string, count: number): Promise<Origin> {
  const child = startPinned({
    core,
    command: node,
    args: [program, String(count)],
    cwd: folder,
    errorFile: join(folder, 'origin.err'),
    hasChannel: true
  })
  const [{ port }] = await once(child, 'message', { signal: AbortSignal.timeout(10_000) }) as [{ port: number }]

  async function ask (question: 'reset' | 'reached'): Promise<number> {
    const answered = once(child, 'message', { signal: AbortSignal.timeout(10_000) })
    child.send(question)
    const [{ served }] = await answered as [{ served: number }]
    return served
  }

  return {
    backends: (wanted) => originAddresses(wanted).map((address) => `${address}:${port}`),
    reset: async () => { await ask('reset') },
    reached: () => ask('reached'),
    stop: () => stop(child)
  }
}
