import type { Actions } from './actions.ts'
import { sparkSeconds, type RowModel } from './backend-rows.ts'
import { make, makeIcon, setAttribute, setText } from './dom.ts'
import { ago, count, duration, milliseconds, percent, timeOfDay } from './format.ts'
import { createSparkline } from './sparkline.ts'
import type { Backend } from '../admin/wire.ts'
import { whyState, wordsOfState } from './words.ts'

/** One row; its elements are created once and updated in place. */
export function createRow (actions: Actions) {
  let backend: Backend | undefined
  const name = make('span', { class: 'name' })
  const url = make('span', { class: 'url quiet' })
  const tags = make('span', { class: 'tags' })
  const icon = makeIcon('i-unchecked')
  const label = make('span', { class: 'label' })
  const since = make('span', { class: 'since quiet' })
  const why = make('span', { class: 'why quiet' })
  const share = make('span', { class: 'value' })
  const weight = make('span', { class: 'quiet' })
  const fill = make('span', { class: 'fill' })
  const mark = make('span', { class: 'mark' })
  const spark = createSparkline()
  const rate = make('span', { class: 'value' })
  const inFlight = make('span', { class: 'value' })
  const p50 = make('span')
  const p99 = make('span')
  const checked = make('span')
  const checkDetail = make('span', { class: 'quiet' })
  const lease = make('span')
  const main = make('button', { type: 'button' })
  const moreIcon = makeIcon('i-more')
  const more = make('button', { type: 'button', class: 'plain more', 'aria-haspopup': 'menu', 'aria-expanded': 'false' })
  more.append(moreIcon.element)

  main.addEventListener('click', () => {
    if (backend === undefined) return
    if (backend.desiredState === 'ready') actions.drain(backend)
    else actions.ready(backend)
  })
  more.addEventListener('click', () => { if (backend !== undefined) actions.more(backend, more) })

  const bar = make('span', { class: 'bar', 'aria-hidden': 'true' }, fill, mark)
  const element = make('tr', { role: 'row' },
    make('th', { class: 'who', role: 'rowheader', scope: 'row' }, make('span', { class: 'line' }, name, tags), url),
    cell('State', 'state', make('span', { class: 'line' }, icon.element, label, since), why),
    cell('Share', 'share', make('span', { class: 'line' }, share, weight), bar),
    cell('Requests', 'rate', make('span', { class: 'line' }, rate, spark.element)),
    cell('In flight', 'number', inFlight),
    cell('Latency', 'number', p50, p99),
    cell('Last check', 'check', checked, checkDetail),
    cell('Lease', 'lease', lease),
    cell('', 'actions', main, more))

  function update (model: RowModel): void {
    backend = model.backend
    const words = wordsOfState(backend.state)
    setAttribute(element, 'data-tone', words.tone)
    setAttribute(element, 'data-state', backend.state)
    setText(name, backend.name)
    setText(url, backend.url.replace(/^http:\/\//, ''))
    setText(tags, [backend.zone, backend.backup ? 'backup' : null].filter((tag) => tag !== null).join(' · '))
    icon.set(words.icon)
    setText(label, words.label)
    setText(since, `for ${duration(model.now - Date.parse(backend.since))}`)
    setAttribute(since, 'title', `since ${timeOfDay(Date.parse(backend.since), model.now)}`)
    setText(why, whyState(backend))

    setText(share, percent(model.served ?? model.intended))
    setText(weight, weightText(backend))
    element.classList.toggle('out', !backend.inRotation)
    fill.style.width = `${(model.served ?? model.intended) * 100}%`
    mark.style.left = `${model.intended * 100}%`
    setText(rate, `${count(model.requests.at(-1) ?? 0)}/s`)
    spark.draw(model.requests, model.mostRequests, sparkSeconds)
    setText(inFlight, count(backend.inFlight))
    setText(p50, model.latency.p50Ms === null ? '–' : `p50 ${milliseconds(model.latency.p50Ms)}`)
    setText(p99, model.latency.p99Ms === null ? '' : `p99 ${milliseconds(model.latency.p99Ms)}`)
    showCheck(model)
    setText(lease, leaseText(backend, model.now))
    element.classList.toggle('late', backend.lease !== null && Date.parse(backend.lease.expiresAt) - model.now < backend.lease.ttlMs / 3)

    setText(main, backend.desiredState === 'ready' ? 'Drain…' : 'Set to ready')
    setAttribute(main, 'aria-label', backend.desiredState === 'ready' ? `Drain ${backend.name}` : `Set ${backend.name} to ready`)
    setAttribute(more, 'aria-label', `More actions for ${backend.name}`)
  }

  function showCheck ({ backend: { lastCheck }, now }: RowModel): void {
    setText(checked, lastCheck === null ? 'none yet' : `${lastCheck.passed ? 'passed' : 'failed'} ${ago(Date.parse(lastCheck.at), now)}`)
    checked.classList.toggle('bad', lastCheck?.passed === false)
    setText(
      checkDetail,
      lastCheck === null ? '' : lastCheck.passed ? `${lastCheck.detail}, ${milliseconds(lastCheck.durationMs)}` : lastCheck.detail
    )
  }

  return { element, update }
}

function cell (label: string, kind: string, ...children: readonly Node[]): HTMLElement {
  return make('td', { class: kind, role: 'cell', ...(label !== '' && { 'data-label': label }) }, ...children)
}

function weightText ({ weight, effectiveWeight, inRotation }: Backend): string {
  return inRotation && effectiveWeight < weight ? `weight ${weight}, now ${effectiveWeight.toFixed(1)}` : `weight ${weight}`
}

function leaseText ({ lease, source }: Backend, now: number): string {
  if (lease === null) return source === 'configured' ? 'configured' : 'none'
  const leftMs = Date.parse(lease.expiresAt) - now
  return leftMs <= 0 ? 'expired' : `${duration(leftMs)} left`
}
