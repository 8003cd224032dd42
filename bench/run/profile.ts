import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BenchError } from '../bench-error.ts'
import { projectFolder } from '../folders.ts'
import type { BenchContext } from './bench-context.ts'
import { drive } from './saturate.ts'
import { scenarios } from './scenarios.ts'
import { startTarget } from './target.ts'

/** What V8 writes, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string, readonly url: string, readonly lineNumber: number }
}

/** Node.js writes the profile when the process ends, so the gateway must be let end by itself. */
const patienceMs = 30_000

/** Runs ours with small responses under --cpu-prof; the profile is kept in dist/bench for a viewer. */
export async function recordProfile (context: BenchContext): Promise<CpuProfile> {
  const nodeArgs = ['--cpu-prof', '--cpu-prof-dir=.', '--cpu-prof-interval=500']
  const target = await startTarget(context, 'evenkeel', scenarios.small, { nodeArgs, patienceMs })
  try {
    await drive(context, target, scenarios.small, context.seconds)
  } finally {
    await target.stop()
  }
  const name = readdirSync(target.folder).find((file) => file.endsWith('.cpuprofile'))
  if (name === undefined) throw new BenchError('the gateway wrote no profile: it did not end by itself when asked')
  const kept = join(projectFolder, 'dist', 'bench', 'evenkeel.cpuprofile')
  copyFileSync(join(target.folder, name), kept)
  console.error(`the whole profile: ${kept}`)
  return JSON.parse(readFileSync(kept, 'utf8')) as CpuProfile
}
