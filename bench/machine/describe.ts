import { spawnSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { Cores } from './cores.ts'
import { packageVersion, peerPackageVersion } from './peer-packages.ts'
import type { Tools } from './tools.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: Cores & { readonly count: number }
  readonly memoryGiB: number
  readonly kernel: string
  readonly versions: Readonly<Record<string, string>>
}

const peerPackages = ['@fastify/http-proxy', 'fastify', 'fast-proxy', 'http-proxy', 'httpxy']

/** What a reader needs to weigh the figures. */
export function describeMachine (cores: Cores, tools: Tools, node: string, gateway: string): Machine {
  const versions: Record<string, string> = {
    evenkeel: packageVersion(join(dirname(gateway), '..', '..')),
    'Node.js': firstMatch(node, ['--version'], /v([\d.]+)/)
  }
  if (tools.nginx !== undefined) versions.nginx = firstMatch(tools.nginx, ['-v'], /nginx\/([\d.]+)/)
  if (tools.haproxy !== undefined) versions.HAProxy = firstMatch(tools.haproxy, ['-v'], /version ([\d.]+)/)
  if (tools.caddy !== undefined) versions.Caddy = firstMatch(tools.caddy, ['version'], /v?([\d.]+)/)
  if (tools.wrk !== undefined) versions.wrk = firstMatch(tools.wrk, ['-v'], /wrk \S*?([\d.]+)/)
  if (tools.h2load !== undefined) versions.h2load = firstMatch(tools.h2load, ['--version'], /nghttp2\/([\d.]+)/)
  for (const name of peerPackages) versions[name] = peerPackageVersion(name)
  const all = cpus()
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: { ...cores, count: all.length },
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    versions
  }
}

/** Some of them print their version to stderr, and wrk exits with 1. */
function firstMatch (command: string, args: string[], pattern: RegExp): string {
  const run = spawnSync(command, args, { encoding: 'utf8' })
  return pattern.exec(run.stdout + run.stderr)?.[1] ?? 'unknown'
}
