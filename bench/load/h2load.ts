import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { BenchError } from '../bench-error.ts'
import type { LoadResult } from './wrk.ts'

export interface H2loadRun {
  readonly h2load: string
  readonly core: number
  readonly url: string
  /** `streams`: one connection by HTTP/2, with so many requests at a time. `handshakes`: a new TLS connection for each request. */
  readonly shape: { readonly streams: number } | 'handshakes'
  readonly seconds: number
}

const run = promisify(execFile)

/**
 * New connections a second, by HTTP/1.1: a rate that all can take, since h2load has no way to open as many as go. It keeps no
 * session, so that each handshake is a full one.
 */
const handshakesPerSecond = 400
/** They come in bursts so far apart, in ms. */
const burstMs = 100

/** One thread, on the load core. */
export async function runH2load ({ h2load, core, url, shape, seconds }: H2loadRun): Promise<LoadResult> {
  const args = shape === 'handshakes' ? handshakeArgs(seconds) : [`-D${seconds}`, '-c1', `-m${shape.streams}`]
  const { stdout } = await run('taskset', ['-c', String(core), h2load, ...args, url], { timeout: (seconds + 20) * 1000 })
  return parseH2load(stdout, shape === 'handshakes' ? 'http/1.1' : 'h2')
}

function handshakeArgs (seconds: number): string[] {
  const count = handshakesPerSecond * seconds
  return ['--h1', `-n${count}`, `-c${count}`, `-r${handshakesPerSecond * burstMs / 1000}`, `--rate-period=${burstMs}ms`]
}

/** h2load prints no percentiles: those are NaN. */
export function parseH2load (text: string, protocol: 'h2' | 'http/1.1'): LoadResult {
  const finished = /^finished in ([\d.]+)(us|ms|s|m)/m.exec(text)
  const requests = /(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(text)
  const statuses = /^status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(text)
  if (finished === null || requests === null || statuses === null) throw new BenchError(`h2load printed no total:\n${text}`)
  const [, succeeded, failed, errored, timedOut] = requests
  const refused = statuses.slice(1).reduce((sum, count) => sum + Number(count), 0)
  const problems: string[] = []
  if (Number(failed) > 0) problems.push(`${failed} requests failed, ${errored} of them by errors, ${timedOut} by timeouts`)
  if (refused > 0) problems.push(`${refused} responses other than 2xx`)
  const spoken = /^Application protocol: (\S+)/m.exec(text)?.[1]
  if (spoken !== protocol) problems.push(`spoke ${spoken ?? 'nothing'} instead of ${protocol}`)
  return {
    requests: Number(succeeded),
    seconds: Number(finished[1]) * (secondsIn[finished[2] ?? ''] ?? NaN),
    p50Ms: NaN,
    p99Ms: NaN,
    problems
  }
}

const secondsIn: Readonly<Record<string, number>> = { us: 0.000001, ms: 0.001, s: 1, m: 60 }
