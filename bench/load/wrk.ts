import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BenchError } from '../bench-error.ts'
import type { Exchange } from '../run/scenarios.ts'

/** What a load generator tells of its run. */
export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers that do not count: other than 2xx and 3xx, and errors of sockets. */
  readonly problems: readonly string[]
}

export interface WrkRun {
  readonly wrk: string
  readonly core: number
  /** Of the proxy: `http://127.0.0.1:8080`. */
  readonly origin: string
  readonly exchange: Exchange
  readonly connections: number
  readonly seconds: number
  readonly folder: string
}

const run = promisify(execFile)

/** Drives the proxy as fast as it goes for the given time: one thread, on the load core. */
export async function runWrk (options: WrkRun): Promise<LoadResult> {
  const { exchange, seconds } = options
  const args = ['-c', String(options.core), options.wrk, '--latency', '-t1', `-c${options.connections}`, `-d${seconds}s`]
  if (exchange.method === 'POST') args.push('-s', postScript(options.folder, exchange.requestBytes))
  if (exchange.closesConnection) args.push('-H', 'Connection: close')
  for (const [name, value] of Object.entries(exchange.fields ?? {})) args.push('-H', `${name}: ${value}`)
  args.push(`${options.origin}${exchange.path}`)
  const { stdout } = await run('taskset', args, { timeout: (seconds + 20) * 1000 })
  return parseWrk(stdout)
}

function postScript (folder: string, bytes: number): string {
  const file = join(folder, 'post.lua')
  writeFileSync(
    file,
    `wrk.method = "POST"\nwrk.body = string.rep("x", ${bytes})\nwrk.headers["Content-Type"] = "application/octet-stream"\n`
  )
  return file
}

export function parseWrk (text: string): LoadResult {
  const total = /(\d+) requests in ([\d.]+)(us|ms|s|m)\b/.exec(text)
  if (total === null) throw new BenchError(`wrk printed no total:\n${text}`)
  const problems: string[] = []
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(text)
  if (refused !== null) problems.push(`${refused[1]} responses other than 2xx and 3xx`)
  const sockets = /Socket errors: (.*)/.exec(text)
  if (sockets !== null) problems.push(`socket errors: ${sockets[1]}`)
  return {
    requests: Number(total[1]),
    seconds: milliseconds(total[2], total[3]) / 1000,
    p50Ms: percentile(text, 50),
    p99Ms: percentile(text, 99),
    problems
  }
}

function percentile (text: string, percent: number): number {
  const match = new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s|m)`, 'm').exec(text)
  return milliseconds(match?.[1], match?.[2])
}

const millisecondsIn: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

function milliseconds (value = '', unit = ''): number {
  return Number(value) * (millisecondsIn[unit] ?? NaN)
}
