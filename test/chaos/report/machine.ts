import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, type as systemType } from 'node:os'
import type { Peer } from '../peers/peer.ts'

export function describeMachine (): string {
  return `${availableParallelism()} processors (${cpus()[0]?.model.trim() ?? 'unknown'}), ${systemType()} ${release()}`
}

/** As the program says it; ours is the package's, with Node's. */
export function versionOf (peer: Peer, program: string): string {
  const { stdout, stderr } = spawnSync(program, peer.versionArgs, { encoding: 'utf8', timeout: 10_000 })
  const version = /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0] ?? ''
  return program === process.execPath ? `${ownVersion()} (Node.js ${version})` : version
}

function ownVersion (): string {
  return JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')).version
}
