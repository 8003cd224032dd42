import type UPlot from 'uplot'
import { byId, setAttribute, setText } from './dom.ts'
import { count, duration, milliseconds, percent, timeOfDay } from './format.ts'
import { highest, ticksOf, toSeries, windowOf, type Series } from './series.ts'
import { asOf, type State } from './state.ts'

/** Defined by assets/uplot.js, which is loaded first. */
const { uPlot: Plot } = globalThis as unknown as { readonly uPlot: typeof UPlot }

interface ChartSpec {
  readonly id: string
  readonly name: string
  readonly columns: ReadonlyArray<'requests' | 'errors' | 'p50Ms' | 'p99Ms'>
  /** Custom properties of style.css. */
  readonly colours: readonly string[]
  /** The minimum height of the scale, so that noise looks small. */
  readonly floor: number
  axisText (value: number): string
  /** Labels of the figures at the pointer or at the end, one per column. */
  readonly labels: readonly string[]
  figure (value: number | null): string
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
    labels: [''],
    figure: perSecond,
    aside: ({ requests }) => `peak ${count(highest(requests))}/s`
  },
  {
    id: 'errors',
    name: 'Errors per second',
    columns: ['errors'],
    colours: ['--bad'],
    floor: 4,
    axisText: count,
    labels: [''],
    figure: perSecond,
    aside: ({ requests, errors }) => {
      const all = sum(requests)
      return all === 0 ? '' : `${count(sum(errors))} in total, ${percent(sum(errors) / all)}`
    }
  },
  {
    id: 'latency',
    name: 'Latency',
    columns: ['p50Ms', 'p99Ms'],
    colours: ['--accent', '--second'],
    floor: 2,
    axisText: (value) => value === 0 ? '0' : `${value} ms`,
    labels: ['p50', 'p99'],
    figure: milliseconds,
    aside: ({ p99Ms }) => `peak ${milliseconds(highest(p99Ms))}`
  }
]

/** The three charts of up to 15 minutes; pointing at one of them shows the figures of all three at that time. */
export function createChartsView () {
  const charts = specs.map(createChart)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { for (const chart of charts) chart.rebuild() })
  let last: State['samples'] | undefined
  let lastThen: string | undefined
  return function show (state: State): void {
    const { samples, skewMs } = state
    const then = asOf(state)
    if (samples === last && then === lastThen) return
    last = samples
    lastThen = then
    const series = toSeries(samples)
    const now = samples.at(-1)?.at ?? Date.now() + skewMs
    for (const chart of charts) chart.draw(series, now, then)
  }
}

function createChart (spec: ChartSpec) {
  const figure = byId(`chart-${spec.id}`)
  const place = figure.querySelector('.plot') as HTMLElement
  const outputs = [...figure.querySelectorAll('.figure')]
  const aside = figure.querySelector('.aside') as HTMLElement
  let series: Series = toSeries([])
  let end = Date.now()
  /** The time of day of the last figures, if that is not now. */
  let then: string | undefined
  let plot = build()
  new ResizeObserver(() => { plot.setSize(sizeOf(place)) }).observe(place)

  function build (): UPlot {
    return new Plot(
      optionsOf(spec, sizeOf(place), { range: () => windowOf(series, end), end: () => end, onCursor: showFigures }),
      dataOf(spec, series),
      place
    )
  }

  function showFigures (index: number | null | undefined): void {
    const at = index ?? series.at.length - 1
    const time = index == null ? undefined : series.at[index]
    outputs.forEach((output, i) => { setText(output, figureAt(i, at)) })
    if (time !== undefined) setText(aside, `at ${timeOfDay(time * 1000, Date.now())}`)
    else setText(aside, then === undefined ? spec.aside(series) : `as of ${then}`)
  }

  function figureAt (column: number, at: number): string {
    const name = spec.columns[column]
    return name === undefined ? '' : spec.figure(series[name][at] ?? null)
  }

  function description (): string {
    const last = series.at.length - 1
    const now = spec.labels.map((label, i) => `${label} ${figureAt(i, last)}`.trim()).join(', ')
    const length = series.at.length === 0 ? 0 : end - windowOf(series, end).from
    return `${spec.name} over the last ${duration(length)}: ${then === undefined ? 'now' : `at ${then}`} ${now}; ${spec.aside(series)}`
  }

  return {
    draw (next: Series, now: number, stale: string | undefined): void {
      series = next
      end = now
      then = stale
      plot.setData(dataOf(spec, series))
      // The marks of the time axis move even if its range does not.
      plot.redraw(false, true)
      showFigures(plot.cursor.idx)
      setAttribute(place, 'aria-label', description())
      place.classList.toggle('idle', series.at.length === 0)
    },
    rebuild (): void {
      plot.destroy()
      plot = build()
    }
  }
}

/** The parts of a chart that change. */
interface Moving {
  range (): { readonly from: number, readonly to: number }
  end (): number
  onCursor (index: number | null | undefined): void
}

function optionsOf (spec: ChartSpec, size: { width: number, height: number }, { range, end, onCursor }: Moving): UPlot.Options {
  const quiet = colour('--quiet')
  const ticks = (): number[] => ticksOf(end() - range().from)
  const grid = { stroke: colour('--line'), width: 1 }
  return {
    ...size,
    padding: [6, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, sync: { key: 'evenkeel' }, points: { size: 6 } },
    hooks: {
      setCursor: [
        (plot) => {
          onCursor(plot.cursor.idx)
        }
      ]
    },
    scales: {
      x: { range: () => [range().from / 1000, range().to / 1000] },
      y: { range: (_plot, _min, max) => [0, Math.max(spec.floor, (max ?? 0) * 1.1)] }
    },
    axes: [
      {
        ...{ stroke: quiet, grid: { show: false }, ticks: { show: false }, size: 18, gap: 3, font },
        splits: () => ticks().map((tick) => end() / 1000 - tick),
        values: () => ticks().map((tick) => `−${duration(tick * 1000)}`)
      },
      {
        stroke: quiet,
        grid,
        ticks: { show: false },
        size: 46,
        gap: 6,
        font,
        space: 34,
        values: (_plot, splits) => splits.map(spec.axisText)
      }
    ],
    series: [
      {},
      ...spec.columns.map((_, i): UPlot.Series => {
        const stroke = colour(spec.colours[i] ?? '--accent')
        const shape = spec.id === 'errors' ? { fill: stroke, paths: bars } : spec.columns.length === 1 ? { fill: `${stroke}22` } : {}
        return { stroke, width: i === 0 ? 1.5 : 1, points: { show: false }, ...shape }
      })
    ]
  }
}

/** Errors are single events: no line connects the seconds, and seconds without errors show nothing. */
const bars = Plot.paths.bars?.({ size: [1, 3, 1] }) as UPlot.Series.PathBuilder

const font = '11px system-ui, sans-serif'

function dataOf (spec: ChartSpec, series: Series): UPlot.AlignedData {
  if (spec.id === 'errors') return [series.at, series.errors.map((value) => value === 0 ? null : value)]
  return [series.at, ...spec.columns.map((column) => series[column])]
}

/** Six hexadecimal digits, as in style.css. */
function colour (name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function sizeOf (place: HTMLElement): { width: number, height: number } {
  return { width: Math.max(120, place.clientWidth), height: place.clientHeight }
}

function perSecond (value: number | null): string {
  return value === null ? '–' : `${count(value)}/s`
}

function sum (column: readonly (number | null)[]): number {
  return column.reduce<number>((total, value) => total + (value ?? 0), 0)
}
