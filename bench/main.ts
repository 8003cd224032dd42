// npm run bench: the cost of a request through Evenkeel and through its peers, side by side. See bench/README.md.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BenchError } from './bench-error.ts'
import { chooseCores } from './machine/cores.ts'
import { describeMachine } from './machine/describe.ts'
import { findNode24, installPeerPackages } from './machine/peer-packages.ts'
import { findTools, howToInstall, type Tool, type Tools } from './machine/tools.ts'
import { readOptions, usage, type Options } from './options.ts'
import { peerNamed, type PeerName } from './peers/peers.ts'
import { judge } from './report/goals.ts'
import { renderProgress } from './report/progress.ts'
import { renderProfile } from './report/profile-table.ts'
import { renderReport } from './report/report.ts'
import type { BenchContext } from './run/bench-context.ts'
import { estimateMinutes, mostBackends } from './run/estimate.ts'
import { startOrigin } from './run/origin.ts'
import { killAllNow } from './run/processes.ts'
import { recordProfile } from './run/profile.ts'
import { runRounds } from './run/rounds.ts'
import { generatorOf, scenarios } from './run/scenarios.ts'

/** Where and with what: all that was found out before the first start. */
type Place = Pick<BenchContext, 'cores' | 'tools' | 'node' | 'folder'>

/** A peer that cannot be measured here, and why. */
function reasonToOmit (peer: PeerName, tools: Tools, gateway: string): string | undefined {
  const { tool } = peerNamed(peer)
  if (tool !== undefined && tools[tool] === undefined) return howToInstall(tool)
  if (peer.startsWith('evenkeel') && !existsSync(gateway)) return `there is no gateway at ${gateway}`
  return undefined
}

function isMissing (tool: Tool | undefined, tools: Tools): boolean {
  return tool !== undefined && tools[tool] === undefined
}

async function benchmark (options: Options, place: Place) {
  const { cores, folder, node, tools } = place
  const reasons = new Map(options.peers.map((peer) => [peer, reasonToOmit(peer, tools, options.gateway)]))
  const missing = options.scenarios.filter((name) => isMissing(generatorOf(name), tools))
  const plan = {
    ...options,
    peers: options.peers.filter((peer) => reasons.get(peer) === undefined),
    scenarios: options.scenarios.filter((name) => !missing.includes(name))
  }
  const omitted = [...new Set([...reasons.values()].filter((reason) => reason !== undefined))]
  if (missing.length > 0) omitted.push(`${howToInstall('h2load')}, for ${missing.join(', ')}`)
  if (plan.scenarios.length === 0 || plan.peers.length === 0) throw new BenchError(`nothing to measure: ${omitted.join('; ')}`)
  for (const reason of omitted) console.error(`left out: ${reason}`)
  console.error(`about ${estimateMinutes(plan)} minutes; keep the machine quiet meanwhile`)

  const origin = await startOrigin(cores.load, node, folder, mostBackends(plan.scenarios))
  const machine = describeMachine(cores, tools, node, options.gateway)
  const samples = await runRounds({ ...options, ...place, origin }, plan, (sample) => console.error(renderProgress(sample)))
  await origin.stop()

  const { rounds, seconds, warmUpSeconds, jsonFile, markdownFile } = options
  const report = { date: new Date().toISOString(), machine, rounds, seconds, warmUpSeconds, omitted, samples }
  const text = renderReport(report)
  console.log(text)
  if (markdownFile !== undefined) writeFileSync(markdownFile, text)
  if (jsonFile !== undefined) writeFileSync(jsonFile, JSON.stringify({ ...report, goals: judge(samples) }, null, 2))
}

async function profile (options: Options, place: Place) {
  if (!existsSync(options.gateway)) throw new BenchError(`there is no gateway at ${options.gateway}`)
  const origin = await startOrigin(place.cores.load, place.node, place.folder, scenarios.small.backends)
  console.log(renderProfile(await recordProfile({ ...options, ...place, origin })))
  await origin.stop()
}

async function main () {
  const options = readOptions(process.argv.slice(2))
  if (options.help) return console.log(usage)
  const cores = chooseCores()
  const tools = findTools()
  installPeerPackages()
  const node = findNode24()
  execFileSync('taskset', ['-a', '-c', '-p', String(cores.load), String(process.pid)])
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))
  process.on('exit', () => {
    killAllNow()
    rmSync(folder, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
  await (options.profile ? profile : benchmark)(options, { cores, tools, node, folder })
}

try {
  await main()
} catch (error) {
  console.error(error instanceof BenchError ? error.message : error)
  process.exit(1)
}
