import { peerNamed } from '../peers/peers.ts'
import type { Sample } from '../run/sample.ts'
import { show } from './columns.ts'

/** A line while it runs. */
export function renderProgress ({ metrics, peer, problems, round, scenario }: Sample): string {
  const figures = [
    figure('µs CPU', metrics.cpuMicros, 1),
    figure('requests/s', metrics.requestsPerSecond, 0),
    figure('ms p99 at half', metrics.ownP99Ms, 2),
    figure('KiB per connection', metrics.kibPerConnection, 1)
  ].filter((text) => text !== '')
  const wrong = problems.length > 0 ? ` INVALID: ${problems.join('; ')}` : ''
  const title = peerNamed(peer).title.replaceAll(/[*`]/g, '')
  return `round ${round + 1}  ${scenario.padEnd(13)} ${title.padEnd(32)} ${figures.join(', ')}${wrong}`
}

function figure (unit: string, value: number | undefined, digits: number): string {
  return value === undefined ? '' : `${show(value, digits)} ${unit}`
}
