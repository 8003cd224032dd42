import { setTimeout as pause } from 'node:timers/promises'
import { patienceMs } from './connections.ts'
import { openTunnel } from './tunnel.ts'

/** An upgraded connection and what came of it. Times are monotonic, in ms. */
export interface WebSocketRecord {
  readonly openedAt: number
  readonly endedAt: number
  /** Messages that came back. */
  readonly echoes: number
  /** Why it was no longer used: it had ended, it could not be opened, or a message did not come back as it was sent though it was open. */
  readonly why: 'closed' | 'not opened' | 'no echo' | 'stopped'
  readonly detail?: string
}

const pauseMs = 50

/** Opens one, and the next whenever it has ended, and has messages sent back by each. */
export async function keepEchoing (port: number, signal: AbortSignal, records: WebSocketRecord[]): Promise<void> {
  while (!signal.aborted) {
    records.push(await echoing(port, signal))
    await pause(pauseMs)
  }
}

async function echoing (port: number, signal: AbortSignal): Promise<WebSocketRecord> {
  const openedAt = performance.now()
  let echoes = 0
  const record = (why: WebSocketRecord['why'], endedAt = performance.now(), detail = ''): WebSocketRecord =>
    ({ openedAt, endedAt, echoes, why, detail })
  const tunnel = await openTunnel(port, patienceMs).catch((error: Error) => error)
  if (tunnel instanceof Error) return record('not opened', performance.now(), tunnel.message)
  try {
    while (!signal.aborted) {
      const isEchoed = await tunnel.echoes(`${openedAt} ${echoes} ${Math.random()}`)
      if (tunnel.endedAt !== undefined) return record('closed', tunnel.endedAt)
      if (!isEchoed) return record('no echo')
      echoes++
      await pause(pauseMs)
    }
    return record('stopped')
  } finally {
    tunnel.close()
  }
}
