import { makeSvg, setAttribute } from './dom.ts'

const width = 72
const height = 18

/** A line without axes, beside the figure that says how high it ends. */
export function createSparkline () {
  const line = makeSvg('polyline')
  const element = makeSvg('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, line)
  return {
    element,
    /** The values end at the right edge; `slots` of them fill the width, `most` is the upper edge. */
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
