import { byId, createList, make, makeIcon, setAttribute, setText } from './dom.ts'
import { timeOfDay } from './format.ts'
import type { LogEntry, State } from './state.ts'
import { evidence, happened, sentence, subjectOf, toneOf, wordsOfState, type Tone } from './words.ts'

const pageSize = 30

/** The list of events, newest first; new ones are also read out. */
export function createEventsView () {
  const list = byId('events')
  const empty = byId('events-empty')
  const more = byId('events-more')
  const announce = createAnnouncer()
  let shown = pageSize
  let last: readonly LogEntry[] | undefined
  let lastShown = 0
  let wasLoaded = false
  const showLines = createList<LogEntry>(list, ({ order }) => String(order), createLine)
  more.addEventListener('click', () => { shown += 200 })

  return function show (state: State): void {
    const { log } = state
    const isLoaded = state.backends !== undefined
    if (log === last && shown === lastShown && isLoaded === wasLoaded) return
    wasLoaded = isLoaded
    announce(log, state.link.state === 'live')
    last = log
    lastShown = shown
    showLines(log.slice(-shown).reverse())
    more.hidden = log.length <= shown
    empty.hidden = log.length > 0
    setText(empty, isLoaded ? 'Nothing has happened yet.' : 'Loading…')
  }
}

function createLine (entry: LogEntry) {
  const icon = makeIcon(iconOf(entry))
  const time = make('time', { class: 'quiet' })
  const text = entry.kind === 'restart'
    ? make('span', { text: `The gateway was restarted (${entry.version})` })
    : make('span', {}, make('b', { text: subjectOf(entry.event) }), new Text(` ${happened(entry.event)}`), ...evidenceNodes(entry))
  time.setAttribute('datetime', new Date(entry.at).toISOString())
  return {
    element: make('li', { 'data-tone': toneOfEntry(entry) }, time, icon.element, text),
    update ({ at }: LogEntry): void {
      setText(time, timeOfDay(at, Date.now()))
      setAttribute(time, 'title', new Date(at).toLocaleString())
    }
  }
}

function evidenceNodes (entry: LogEntry): Node[] {
  if (entry.kind === 'restart' || entry.event.why === '') return []
  return [make('span', { class: 'quiet', text: `: ${evidence(entry.event)}` })]
}

function toneOfEntry (entry: LogEntry): Tone {
  return entry.kind === 'restart' ? 'warning' : toneOf(entry.event)
}

function iconOf (entry: LogEntry): string {
  return entry.kind === 'event' && entry.event.type === 'transition' ? wordsOfState(entry.event.to).icon : 'i-info'
}

/** Reads out events that arrive while the page is live, not the history that it loaded. */
function createAnnouncer () {
  const element = byId('announcer')
  let newest: number | undefined
  return function announce (log: readonly LogEntry[], isLive: boolean): void {
    const fresh = newest === undefined ? [] : log.filter(({ order }) => order > (newest ?? 0))
    if (isLive && log.length > 0) newest = log.at(-1)?.order
    if (fresh.length === 0) return
    setText(
      element,
      fresh
        .slice(-3)
        .map((entry) => (entry.kind === 'restart' ? 'The gateway was restarted' : sentence(entry.event)))
        .join('. ')
    )
  }
}
