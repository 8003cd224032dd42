import { readFileSync } from 'node:fs'
import { BenchError } from '../bench-error.ts'

/** Where everything runs: the proxy alone on one core; load generator, origin and this program on the other. */
export interface Cores {
  readonly proxy: number
  readonly load: number
  /** Both are threads of one physical core, as on many small cloud machines: the figures are comparable, not portable. */
  readonly areSiblings: boolean
}

export function chooseCores (): Cores {
  const allowed = parseCpuList(/Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '')
  const [load, next] = allowed
  if (load === undefined || next === undefined) {
    throw new BenchError(`the benchmark needs two cores, one for the proxy and one for the load; this process may use ${allowed.length}`)
  }
  const siblings = siblingsOf(load)
  const proxy = allowed.find((core) => !siblings.includes(core))
  return { proxy: proxy ?? next, load, areSiblings: proxy === undefined }
}

function siblingsOf (core: number): number[] {
  try {
    return parseCpuList(readFileSync(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`, 'utf8').trim())
  } catch {
    return [core]
  }
}

/** `0,2-4` is 0, 2, 3, 4. */
function parseCpuList (list: string): number[] {
  return list.split(',').filter((part) => part !== '').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
