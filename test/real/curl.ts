import type { TestContext } from 'node:test'
import { program } from './program.ts'
import { runWell } from './run.ts'
import { tempDir } from './temp-dir.ts'

export interface CurlResult {
  readonly status: number
  /** Bytes of the body that left curl. */
  readonly sentBytes: number
  readonly durationMs: number
  readonly body: string
  /** What curl saw of interim and final answers, as "HTTP/1.1 100". */
  readonly answers: string[]
}

/** How long curl waits for an answer to `Expect` before it sends the body anyhow: a lost answer is a wait nobody can miss. */
const expectTimeoutSeconds = 30

/** Runs curl over HTTP/1.1, as it comes, and tells what it saw. */
export async function curl (t: TestContext, ...args: string[]): Promise<CurlResult> {
  const cwd = tempDir(t)
  const { stdout, stderr } = await runWell(program('curl'), [
    '--disable', '--silent', '--show-error', '--verbose', '--max-time', '55',
    '--expect100-timeout', `${expectTimeoutSeconds}`,
    '--write-out', '\n%{json}',
    ...args
  ], { cwd })
  const lineOfTotals = stdout.lastIndexOf('\n')
  const totals: { response_code: number, size_upload: number, time_total: number } = JSON.parse(stdout.slice(lineOfTotals + 1))
  return {
    status: totals.response_code,
    sentBytes: totals.size_upload,
    durationMs: totals.time_total * 1000,
    body: stdout.slice(0, lineOfTotals),
    answers: [...stderr.matchAll(/^< (HTTP\/1\.1 \d{3})/gm)].map(([, answer]) => answer ?? '')
  }
}
