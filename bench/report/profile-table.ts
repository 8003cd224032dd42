import type { CpuProfile, ProfileNode } from '../run/profile.ts'
import { markdownTable } from './markdown-table.ts'

const topCount = 25

interface Entry {
  readonly name: string
  readonly group: string
  micros: number
}

/** Self time by group, then the functions with the most of it. Shares are of the time that was not idle. */
export function renderProfile (profile: CpuProfile): string {
  const entries = selfTimes(profile).filter(({ group }) => group !== 'idle')
  const total = entries.reduce((sum, { micros }) => sum + micros, 0)
  const groups = new Map<string, number>()
  for (const { group, micros } of entries) groups.set(group, (groups.get(group) ?? 0) + micros)

  function share (micros: number): string {
    return (100 * micros / total).toFixed(1)
  }

  const groupRows = [...groups].toSorted((a, b) => b[1] - a[1]).map(([group, micros]) => [group, share(micros)])
  const top = entries.toSorted((a, b) => b.micros - a.micros).slice(0, topCount)
  const topRows = top.map(({ name, group, micros }) => [name, group, share(micros)])
  return `${markdownTable(['group', 'self time, %'], groupRows)}\n\n${markdownTable(['function', 'group', 'self time, %'], topRows)}\n`
}

function selfTimes ({ nodes, samples, timeDeltas }: CpuProfile): Entry[] {
  const entryOf = new Map<number, Entry>()
  const byName = new Map<string, Entry>()
  for (const node of nodes) {
    const name = nameOf(node)
    const entry = byName.get(name) ?? { name, group: groupOf(node), micros: 0 }
    byName.set(name, entry)
    entryOf.set(node.id, entry)
  }
  for (const [index, id] of samples.entries()) {
    const entry = entryOf.get(id)
    if (entry !== undefined) entry.micros += timeDeltas[index] ?? 0
  }
  return [...byName.values()]
}

function nameOf ({ callFrame: { functionName, lineNumber, url } }: ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^file:.*\/dist\//, '')
  return url === '' ? name : `${name} ${file}:${lineNumber + 1}`
}

/** `(program)` is what the profiler cannot see into: libuv, the kernel, and V8 itself. */
function groupOf ({ callFrame: { functionName, url } }: ProfileNode): string {
  if (functionName === '(idle)') return 'idle'
  if (functionName === '(garbage collector)') return 'garbage collector'
  if (url === '') return 'native: libuv, kernel, V8'
  if (url.startsWith('node:')) return 'node'
  const packageName = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (packageName === undefined) return 'own code'
  return /^(@fastify\/|fastify|find-my-way|avvio|light-my-request)/.test(packageName) ? 'fastify' : 'other packages'
}
