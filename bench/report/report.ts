import type { Machine } from '../machine/describe.ts'
import { isPeerName, peerNamed, peers } from '../peers/peers.ts'
import type { Sample } from '../run/sample.ts'
import { isScenarioName, scenarioNamed, scenarios, type ScenarioName } from '../run/scenarios.ts'
import { columnsFor, show, showRatio } from './columns.ts'
import { problemsOf, samplesOf } from './figures.ts'
import { judge, type Verdict } from './goals.ts'
import { markdownTable } from './markdown-table.ts'

/** Of the proxy's core, in a window, what may go to anything else. */
const mostOthersPercent = 5

export interface Report {
  readonly date: string
  readonly machine: Machine
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly omitted: readonly string[]
  readonly samples: readonly Sample[]
}

/** The whole report in Markdown: what it was measured on, a table a scenario, and the goals. */
export function renderReport (report: Report): string {
  const measured = Object.keys(scenarios).filter(isScenarioName).filter((name) => report.samples.some((sample) => sample.scenario === name))
  return [
    renderMachine(report),
    ...measured.map((name) => renderScenario(name, report.samples)),
    ...renderGoals(judge(report.samples).filter(({ goal }) => measured.includes(goal.subject.scenario)))
  ].join('\n\n') + '\n'
}

function renderMachine ({ date, machine, omitted, rounds, samples, seconds, warmUpSeconds }: Report): string {
  const { cores, cpu, kernel, memoryGiB, versions } = machine
  const siblings = cores.areSiblings ? ' (two threads of one physical core)' : ''
  return [
    `Measured ${date.slice(0, 10)} on ${cpu}, ${cores.count} cores, ${memoryGiB} GiB, Linux ${kernel}. ` +
      `The proxy on core ${cores.proxy}, load generator and origin on core ${cores.load}${siblings}. ` +
      `Medians of ${rounds} rounds, windows of ${seconds} s after ${warmUpSeconds} s of warm-up; ratios are medians of the ratios ` +
      'within each round. ' +
      'CPU is user and system time of the whole process tree from `/proc/PID/stat`.',
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ') + '.',
    ...disturbance(samples),
    ...omitted.map((reason) => `Left out: ${reason}.`)
  ].join('\n\n')
}

/** Whoever else ran on the proxy's core took its caches too. */
function disturbance (samples: readonly Sample[]): string[] {
  const disturbed = samples.filter(({ metrics }) => (metrics.othersPercent ?? 0) > mostOthersPercent).length
  if (disturbed === 0) return []
  return [
    `**Not quiet**: in ${disturbed} of ${samples.length} measurements something else took more than ${mostOthersPercent} % of the ` +
    'proxy\'s core. Run it again on a quiet machine before you quote it.'
  ]
}

function renderScenario (name: ScenarioName, samples: readonly Sample[]): string {
  const { title, kind } = scenarioNamed(name)
  const columns = columnsFor(kind)
  const measured = Object.keys(peers).filter(isPeerName).map((peer) => ({ scenario: name, peer }))
    .filter((subject) => samplesOf(samples, subject).length > 0)
  const rows = measured.map((subject) => {
    const isInvalid = problemsOf(samples, subject).length > 0
    return [peerNamed(subject.peer).title + (isInvalid ? ' (invalid)' : ''), ...columns.map(({ cell }) => cell(samples, subject))]
  })
  const notes = measured.flatMap((subject) => problemsOf(samples, subject).map((problem) =>
    `- invalid, ${peerNamed(subject.peer).title}: ${problem.replaceAll('\n', ' ')}`))
  const table = markdownTable(['', ...columns.map((column) => column.title)], rows)
  return `### ${title}\n\n${table}${notes.length > 0 ? `\n\n${notes.join('\n')}` : ''}`
}

function renderGoals (verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return []
  const rows = verdicts.map(({ goal, ratio, state }) => [goal.text, show(goal.atMost, 2), showRatio(ratio), state])
  return [`### Goals\n\n${markdownTable(['ratio, in the same round', 'at most', 'measured (least – most)', ''], rows)}`]
}
