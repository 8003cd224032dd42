import type { Api } from './api.ts'
import { byId, createList, make, setText } from './dom.ts'
import { count } from './format.ts'
import type { Pages } from './pages.ts'
import { announcedText, destinationText, matchText, routeMatches } from './route-words.ts'
import type { Store } from './store.ts'
import type { Route } from '../admin/wire.ts'

/** A file may have ten thousand routes; whoever looks for one of them filters. */
const maxShown = 300

const refreshMs = 2000

/** The page of routes. They are only read while it is shown. */
export function createRoutesView (api: Api, store: Store, pages: Pages): void {
  const table = byId('routes-table')
  const empty = byId('routes-empty')
  const found = byId('routes-found')
  const filter = byId<HTMLInputElement>('routes-filter')
  const showRows = createList<Route>(byId('routes-rows'), ({ id, origin }) => `${id} ${origin}`, createRow)
  let routes: readonly Route[] | undefined
  let timer: number | undefined

  function draw (): void {
    if (routes === undefined) return
    const text = filter.value.trim()
    const visible = routes.filter((route) => routeMatches(route, text))
    showRows(visible.slice(0, maxShown))
    table.hidden = visible.length === 0
    empty.hidden = visible.length > 0
    setText(empty, `No route matches “${text}”.`)
    const isCut = visible.length > maxShown
    setText(found, text === '' && !isCut ? '' : `${isCut ? `first ${maxShown} of ` : ''}${visible.length} of ${routes.length} routes`)
  }

  function read (): void {
    clearTimeout(timer)
    if (pages.current !== 'routes') return
    timer = setTimeout(read, refreshMs)
    if (document.hidden || store.state.link.state !== 'live') return
    api.routes().then((all) => {
      routes = all
      draw()
    }, () => {}) // the next one succeeds, or the page is offline and says so
  }

  filter.addEventListener('input', draw)
  pages.onShow(read)
  read()
}

function originText ({ source, origin }: Route): string {
  if (source === 'implicit') return 'no file: all requests'
  return origin === '' ? 'no backend announces it now' : origin
}

function createRow () {
  const name = make('span', { class: 'name' })
  const match = make('code')
  const destination = make('span')
  const origin = make('span')
  const note = make('span', { class: 'quiet' })
  const [requests, errors, unavailable, inRotation] = ['requests', 'errors', 'unavailable', 'rotation'].map(() => make('span'))
  const figures = [requests, errors, unavailable, inRotation].map((each) => make('td', { class: 'number' }, each as HTMLElement))
  const element = make('tr', {},
    make('th', { scope: 'row' }, name, match), make('td', {}, destination), make('td', {}, origin, note), ...figures)
  return {
    element,
    update (route: Route): void {
      setText(name, route.name ?? '')
      setText(match, matchText(route.match))
      setText(destination, destinationText(route))
      setText(origin, originText(route))
      setText(note, announcedText(route, Date.now()))
      setText(requests as HTMLElement, count(route.requests))
      setText(errors as HTMLElement, count(route.errors))
      setText(unavailable as HTMLElement, count(route.unavailable))
      setText(inRotation as HTMLElement, route.inRotation === null ? '–' : count(route.inRotation))
      element.classList.toggle('broken', route.inRotation === 0)
    }
  }
}
