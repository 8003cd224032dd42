import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface PacedJob {
  readonly port: number
  readonly path: string
  readonly bodyBytes: number
  readonly connections: number
  readonly perSecond: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

export interface PacedResult {
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** How late the generator itself was. */
  readonly lateP99Ms: number
  readonly problems: readonly string[]
}

const run = promisify(execFile)
/** Rare collections, on the one thread: helpers would only wait for each other on the one core. */
const quietly = ['--single-threaded-gc', '--max-semi-space-size=64']
const client = join(import.meta.dirname, 'paced-client.js')

export async function runPaced (node: string, core: number, job: PacedJob): Promise<PacedResult> {
  const args = ['-c', String(core), 'chrt', '--idle', '0', node, ...quietly, client, JSON.stringify(job)]
  const { stdout } = await run('taskset', args, { timeout: (job.warmUpSeconds + job.seconds + 20) * 1000 })
  return JSON.parse(stdout) as PacedResult
}
