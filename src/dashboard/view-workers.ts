import type { Api } from './api.ts'
import { byId, createList, make, setText } from './dom.ts'
import { count, duration, mebibytes, percent } from './format.ts'
import type { Pages } from './pages.ts'
import { gatewayTime } from './state.ts'
import type { Store } from './store.ts'
import type { Worker } from '../admin/wire.ts'

const refreshMs = 2000

/** Where there are none, none come but with a restart of the gateway. */
const lookAgainMs = 30_000

/** The table of workers; it is only there where there are any. They are read while the overview is shown. */
export function createWorkersView (api: Api, store: Store, pages: Pages): void {
  const section = byId('workers')
  const showRows = createList<Worker>(byId('workers-rows'), ({ number }) => String(number), createRow)
  let timer: number | undefined

  function read (): void {
    clearTimeout(timer)
    if (pages.current !== 'overview') return
    if (document.hidden || store.state.link.state !== 'live') return plan(refreshMs)
    api.workers().then((workers) => {
      section.hidden = workers.length === 0
      showRows(workers)
      plan(section.hidden ? lookAgainMs : refreshMs)
    }, () => { plan(refreshMs) })
  }

  function plan (delayMs: number): void {
    clearTimeout(timer)
    timer = setTimeout(read, delayMs)
  }

  function createRow () {
    const name = make('span', { class: 'name' })
    const pid = make('span', { class: 'quiet' })
    const since = make('span')
    const figures = Array.from({ length: 5 }, () => make('td', { class: 'number' }))
    const element = make('tr', {}, make('th', { scope: 'row' }, name, pid), ...figures, make('td', {}, since))
    return {
      element,
      update (worker: Worker): void {
        const { up, connections, requests, eventLoopUtilization, residentBytes, restarts } = worker
        setText(name, `Worker ${worker.number}`)
        setText(pid, up ? `process ${worker.pid}` : 'down')
        const shown = up
          ? [count(connections), requests === null ? '–' : count(requests), percent(eventLoopUtilization), mebibytes(residentBytes)]
          : ['–', '–', '–', '–']
        for (const [i, text] of [...shown, count(restarts)].entries()) setText(figures[i]!, text)
        setText(since, up ? duration(gatewayTime(store.state, Date.now()) - Date.parse(worker.since)) : '–')
        element.classList.toggle('broken', !up)
      }
    }
  }

  pages.onShow(read)
  read()
}
