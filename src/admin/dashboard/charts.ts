import type UPlot from 'uplot'
import { byId, setAttribute, setText } from './dom.ts'
import { count, milliseconds, percent, timeOfDay } from './format.ts'
import { highest, toSeries, windowMs, type Series } from './series.ts'
import type { State } from './state.ts'

/** Put there by assets/uplot.js, which is loaded before. */
const { uPlot: Plot } = globalThis as unknown as { readonly uPlot: typeof UPlot }

interface ChartSpec {
  readonly id: string
  readonly name: string
  readonly columns: ReadonlyArray<'requests' | 'errors' | 'p50Ms' | 'p99Ms'>
  /** Custom properties of style.css. */
  readonly colours: readonly string[]
  /** The least height of the scale, so that small noise stays small. */
  readonly floor: number
  axisText (value: number): string
  /** The figures at a place: the pointer's, or the end. */
  figures (values: ReadonlyArray<number | null>): string
  aside (series: Series): string
}

const specs: readonly ChartSpec[] = [
  {
    id: 'requests',
    name: 'Requests per second',
    columns: ['requests'],
    colours: ['--accent'],
    floor: 10,
    axisText: count,
    figures: ([requests]) => requests == null ? '–' : `${count(requests)}/s`,
    aside: ({ requests }) => `peak ${count(highest(requests))}/s`
  },
  {
    id: 'errors',
    name: 'Errors per second',
    columns: ['errors'],
    colours: ['--bad'],
    floor: 4,
    axisText: count,
    figures: ([errors]) => errors == null ? '–' : `${count(errors)}/s`,
    aside: ({ requests, errors }) => {
      const all = sum(requests)
      return all === 0 ? '' : `${count(sum(errors))} in 15 min, ${percent(sum(errors) / all)}`
    }
  },
  {
    id: 'latency',
    name: 'Latency',
    columns: ['p50Ms', 'p99Ms'],
    colours: ['--accent', '--second'],
    floor: 2,
    axisText: milliseconds,
    figures: ([p50, p99]) => `p50 ${milliseconds(p50)}  p99 ${milliseconds(p99)}`,
    aside: ({ p99Ms }) => `worst p99 ${milliseconds(highest(p99Ms))}`
  }
]

/** The three charts of the last 15 minutes; the pointer over one of them reads all three at that time. */
export function createChartsView () {
  const charts = specs.map(createChart)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { for (const chart of charts) chart.rebuild() })
  let last: State['samples'] | undefined
  return function show ({ samples, skewMs }: State): void {
    if (samples === last) return
    last = samples
    const series = toSeries(samples)
    const now = samples.at(-1)?.at ?? Date.now() + skewMs
    for (const chart of charts) chart.draw(series, now)
  }
}

function createChart (spec: ChartSpec) {
  const figure = byId(`chart-${spec.id}`)
  const place = figure.querySelector('.plot') as HTMLElement
  const figures = figure.querySelector('output') as HTMLElement
  const aside = figure.querySelector('.aside') as HTMLElement
  let series: Series = toSeries([])
  let end = Date.now()
  let plot = build()
  new ResizeObserver(() => { plot.setSize(sizeOf(place)) }).observe(place)

  function build (): UPlot {
    return new Plot(optionsOf(spec, sizeOf(place), () => end, showFigures), dataOf(spec, series), place)
  }

  function showFigures (index: number | null | undefined): void {
    const at = index ?? series.at.length - 1
    const time = index == null ? undefined : series.at[index]
    setText(figures, spec.figures(spec.columns.map((column) => series[column][at] ?? null)))
    setText(aside, time === undefined ? spec.aside(series) : `at ${timeOfDay(time * 1000, Date.now())}`)
  }

  return {
    draw (next: Series, now: number): void {
      series = next
      end = now
      plot.setData(dataOf(spec, series))
      showFigures(plot.cursor.idx)
      setAttribute(place, 'aria-label', `${spec.name} over the last 15 minutes: now ${spec.figures(spec.columns.map((column) => series[column].at(-1) ?? null))}, ${spec.aside(series)}`)
    },
    rebuild (): void {
      plot.destroy()
      plot = build()
    }
  }
}

function optionsOf (spec: ChartSpec, size: { width: number, height: number }, end: () => number, onCursor: (index: number | null | undefined) => void): UPlot.Options {
  const quiet = colour('--quiet')
  const grid = { stroke: colour('--line'), width: 1 }
  return {
    ...size,
    padding: [6, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, sync: { key: 'evenkeel' }, points: { size: 6 } },
    hooks: { setCursor: [(plot) => { onCursor(plot.cursor.idx) }] },
    scales: {
      x: { range: () => [end() / 1000 - windowMs / 1000, end() / 1000] },
      y: { range: (_plot, _min, max) => [0, Math.max(spec.floor, (max ?? 0) * 1.1)] }
    },
    axes: [
      { stroke: quiet, grid: { show: false }, ticks: { show: false }, size: 20, gap: 2, font, splits: () => minutes.map((minute) => end() / 1000 - minute * 60), values: () => minutes.map((minute) => `−${minute} min`) },
      { stroke: quiet, grid, ticks: { show: false }, size: 52, gap: 6, font, space: 34, values: (_plot, splits) => splits.map(spec.axisText) }
    ],
    series: [
      {},
      ...spec.columns.map((_, i): UPlot.Series => {
        const stroke = colour(spec.colours[i] ?? '--accent')
        return { stroke, width: 1.5, points: { show: false }, ...(spec.columns.length === 1 && { fill: `${stroke}22` }), ...(i === 1 && { width: 1 }) }
      })
    ]
  }
}

const minutes = [12, 8, 4] as const
const font = '11px system-ui, sans-serif'

function dataOf (spec: ChartSpec, series: Series): UPlot.AlignedData {
  return [series.at, ...spec.columns.map((column) => series[column])]
}

/** Six hexadecimal digits, as style.css has them. */
function colour (name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function sizeOf (place: HTMLElement): { width: number, height: number } {
  return { width: Math.max(120, place.clientWidth), height: 110 }
}

function sum (column: readonly (number | null)[]): number {
  return column.reduce<number>((total, value) => total + (value ?? 0), 0)
}
