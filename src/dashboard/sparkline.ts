import { makeSvg, setAttribute } from './dom.ts'

const width = 72
const height = 18

/** A line without axes, next to the current figure. */
export function createSparkline () {
  const line = makeSvg('polyline')
  const element = makeSvg(
    'svg',
    { class: 'spark', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    line
  )
  return {
    element,
    /** Values are right-aligned; `slots` of them fill the width, `most` is the top edge. */
    draw (values: readonly number[], most: number, slots: number): void {
      const points = values.map((value, i) => {
        const x = width - (values.length - 1 - i) * width / (slots - 1)
        const y = height - 1 - value / most * (height - 2)
        return `${x.toFixed(1)},${y.toFixed(1)}`
      })
      setAttribute(line, 'points', points.join(' '))
    }
  }
}
