import { byId, createList, make, setAttribute, setText } from './dom.ts'
import { percent } from './format.ts'
import { intendedShares, servedShares, shareSeconds } from './shares.ts'
import { asOf, type State } from './state.ts'
import { headline } from './words.ts'

interface Segment {
  readonly id: string
  readonly name: string
  readonly part: number
}

/** The rotation as one bar: a segment per backend, as wide as its share of the last seconds. */
export function createRotationView () {
  const list = byId('rotation')
  const note = byId('rotation-note')
  const empty = byId('rotation-empty')
  const showSegments = createList<Segment>(list, ({ id }) => id, createSegment)

  return function show (state: State): void {
    const { backends, samples } = state
    const inRotation = backends?.filter((backend) => backend.inRotation) ?? []
    const served = servedShares(samples.slice(-shareSeconds))
    const intended = intendedShares(inRotation)
    const parts = served.size > 0 ? served : intended
    showSegments(inRotation.map(({ id, name }) => ({ id, name, part: parts.get(id) ?? 0 })))
    const isEmpty = inRotation.length === 0
    list.hidden = isEmpty
    empty.hidden = !isEmpty
    const then = asOf(state)
    if (isEmpty) setText(empty, emptyText(backends?.length, then))
    if (then !== undefined) setText(note, `as of ${then}`)
    else if (isEmpty) setText(note, '')
    else setText(note, served.size > 0 ? `requests of the last ${shareSeconds} s` : 'no requests: shares by weight')
  }
}

function emptyText (count: number | undefined, then: string | undefined): string {
  if (count === undefined) return 'Loading…'
  return then === undefined ? `${headline(0, count)}: every request gets 503.` : `${headline(0, count, then)}.`
}

function createSegment () {
  const name = make('span', { class: 'name' })
  const part = make('span', { class: 'part' })
  const element = make('li', {}, name, part)
  return {
    element,
    update (segment: Segment): void {
      setText(name, segment.name)
      setText(part, percent(segment.part))
      setAttribute(element, 'title', `${segment.name}: ${percent(segment.part)}`)
      // At least a sliver, so that a backend in rotation without requests is visible.
      element.style.flexGrow = String(Math.max(segment.part, 0.004))
    }
  }
}
