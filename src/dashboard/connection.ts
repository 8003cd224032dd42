import { ApiError, type Api } from './api.ts'
import { createStreamParser, type StreamEvent } from './sse.ts'
import {
  withBackends, withConfig, withEvent, withHello, withHistory, withLink, withRequest, withRequests, withSample
} from './state.ts'
import type { Store } from './store.ts'
import type { GatewayEvent, Hello, NotableRequest, Sample } from '../admin/wire.ts'

/** A sample arrives every second; a stream without data for this time is dead, whatever TCP says. */
const silenceMs = 6000
/** How often to reread what neither events nor samples carry, such as the last check. */
const refreshMs = 2000
const retryMs = [500, 1000, 2000, 4000] as const

/** Keeps the store up to date with the gateway; reconnects by itself, forever. */
export function createConnection (api: Api, store: Store) {
  let failures = 0
  let attempt = new AbortController()
  let retry: number | undefined
  let refresh: number | undefined
  let isRefreshing = false

  async function run (): Promise<void> {
    const own = attempt = new AbortController()
    let watchdog: number | undefined
    const heard = (): void => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => { own.abort() }, silenceMs)
    }
    try {
      heard()
      const response = await api.stream(own.signal)
      const parse = createStreamParser(take)
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const piece = await reader?.read()
        if (piece === undefined || piece.done) throw new Error('The gateway closed the connection')
        heard()
        parse(piece.value)
      }
    } catch (error) {
      if (own === attempt) lost(error)
    } finally {
      clearTimeout(watchdog)
      own.abort()
    }
  }

  function take ({ event, data }: StreamEvent): void {
    const said: unknown = JSON.parse(data)
    switch (event) {
      case 'hello':
        failures = 0
        store.update((state) => withHello(state, said as Hello, Date.now()))
        readAll().catch(lost)
        break
      case 'sample':
        store.update((state) => withSample(state, said as Sample, Date.now()))
        break
      case 'request':
        store.update((state) => withRequest(state, said as NotableRequest))
        break
      case 'config':
        store.update((state) => withEvent(state, { ...said as GatewayEvent, type: event } as GatewayEvent))
        readConfig()
        break
      case 'transition': case 'join': case 'leave': case 'change':
        store.update((state) => withEvent(state, { ...said as GatewayEvent, type: event } as GatewayEvent))
        readBackends()
        break
    }
  }

  async function readAll (): Promise<void> {
    const [backends, services, config, requests, samples, events] = await Promise.all([
      api.backends(), api.services(), api.config(), api.requests(), api.samples(), api.lastEvents()
    ])
    store.update((state) => {
      const now = withRequests(withConfig(withBackends(state, backends, services), config), requests)
      return withHistory(now, samples, events)
    })
    clearTimeout(refresh)
    refresh = setTimeout(readBackends, refreshMs)
  }

  /** Failures are not reported here: either the stream ends too, or the next read succeeds. */
  function readBackends (): void {
    clearTimeout(refresh)
    refresh = setTimeout(readBackends, refreshMs)
    if (isRefreshing || store.state.link.state !== 'live') return
    isRefreshing = true
    Promise.all([api.backends(), api.services()])
      .then(
        ([backends, services]) => {
          store.update((state) => withBackends(state, backends, services))
        },
        () => {}
      )
      .finally(() => {
        isRefreshing = false
      })
  }

  /** The file has changed, and with it the backends may have. */
  function readConfig (): void {
    api.config().then((config) => { store.update((state) => withConfig(state, config)) }, () => {})
    readBackends()
  }

  function lost (error: unknown): void {
    const ended = attempt
    attempt = new AbortController() // so that the end of the old stream is not reported twice
    ended.abort()
    clearTimeout(refresh)
    clearTimeout(retry)
    if (error instanceof ApiError && error.statusCode === 401) {
      store.update((state) => withLink(state, { state: 'locked', why: error.message }))
      return
    }
    const base = retryMs[Math.min(failures++, retryMs.length - 1)] ?? 4000
    const delayMs = (error instanceof ApiError ? error.retryAfterMs : undefined) ?? base * (0.8 + Math.random() * 0.4)
    const why =
      error instanceof DOMException && error.name === 'AbortError'
        ? 'The gateway has stopped responding'
        : error instanceof Error
          ? error.message
          : String(error)
    store.update((state) => withLink(state, { state: 'offline', why, retryAt: Date.now() + delayMs }))
    retry = setTimeout(connect, delayMs)
  }

  /** Reconnects at once. */
  function connect (): void {
    clearTimeout(retry)
    attempt.abort()
    run().catch(lost)
  }

  return { connect, readBackends }
}

export type Connection = ReturnType<typeof createConnection>
