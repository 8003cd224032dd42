// npm run chaos: what becomes of requests while backends are killed, frozen and broken. See docs/reliability.md.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readOptions, usage, type Options } from './options.ts'
import { peers, type PeerName } from './peers/peers.ts'
import { findProgram } from './peers/programs.ts'
import { killAllNow } from './processes.ts'
import { describeMachine, versionOf } from './report/machine.ts'
import { renderReport, type Report } from './report/markdown.ts'
import { renderProgress } from './report/progress.ts'
import { isMissed } from './report/words.ts'
import { runScenario, type Result } from './run.ts'
import { scenarioNamed, type ScenarioName } from './scenarios/scenarios.ts'

interface Found {
  readonly name: PeerName
  readonly program: string
}

async function main (): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.help) return console.log(usage)
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-chaos-'))
  process.on('exit', () => {
    killAllNow()
    if (process.env['KEEP_LOGS'] === undefined) rmSync(folder, { recursive: true, force: true })
    else console.log(`logs: ${folder}`)
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

  const found = findPeers(options.peers)
  const rows = await runAll(options, found, folder)
  if (options.markdownFile !== undefined) writeFileSync(options.markdownFile, renderReport(reportOf(rows, found)))
  if (rows.some(({ results }) => missesSomething(results[found.findIndex(({ name }) => name === 'evenkeel')]))) process.exitCode = 1
}

function findPeers (names: readonly PeerName[]): Found[] {
  return names.flatMap((name) => {
    const program = name === 'evenkeel' ? process.execPath : findProgram(peers[name].program)
    if (program === undefined) console.log(`left out: ${name} is not on this machine\n`)
    return program === undefined ? [] : [{ name, program }]
  })
}

/** All peers with one scenario, then the next: what is compared was measured within minutes. */
async function runAll (
  { scenarios, isShort }: Options,
  found: readonly Found[],
  folder: string
): Promise<Array<{ name: ScenarioName; results: Result[] }>> {
  const rows: Array<{ name: ScenarioName; results: Result[] }> = []
  for (const name of scenarios) {
    const scenario = scenarioNamed(name)
    const results: Result[] = []
    for (const { name: peer } of found) {
      const place = join(folder, name, peer)
      mkdirSync(place, { recursive: true })
      const result = await runScenario(scenario, peers[peer], { isShort, folder: place })
      console.log(renderProgress(name, peer, result))
      results.push(result)
    }
    rows.push({ name, results })
  }
  return rows
}

function reportOf (rows: ReadonlyArray<{ name: ScenarioName, results: Result[] }>, found: readonly Found[]): Report {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    peers: found.map(({ name, program }) => ({ title: peers[name].title, version: versionOf(peers[name], program) })),
    rows: rows.map(({ name, results }) => ({ ...scenarioNamed(name), results }))
  }
}

function missesSomething (result: Result | undefined): boolean {
  if (result === undefined) return false
  return result.kind === 'broke' || (result.kind === 'figures' && result.figures.some(isMissed))
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
