import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { startHttpServer } from './http-server.ts'

/** A response with events, as the backend sees it. */
export interface EventStream {
  readonly accept: string | undefined
  readonly lastEventId: string | undefined
  /** The ids that the page told it had heard while the response went on. */
  readonly heard: number[]
  firstHeardAfterMs: number
  lastHeardAfterMs: number
  /** The connection was closed by the other side. */
  isGone: boolean
}

const paceMs = 50

/** The page tells of every event when it hears it, one at a time, so that they come in order. */
const page = `<!doctype html>
<link rel="icon" href="data:,">
<title>EventSource</title>
<script>
  const source = new EventSource('/events')
  let told = Promise.resolve()
  source.onmessage = ({ lastEventId, data }) => {
    const query = new URLSearchParams({ id: lastEventId, data })
    told = told.then(() => fetch('/heard?' + query, { method: 'POST' }))
  }
</script>`

/**
 * A backend that sends an event every 50 ms. The first response has `count` of them and ends when the page has heard them
 * all; the next begins after `Last-Event-ID` and goes on until the other side leaves.
 */
export async function startEventBackend (t: TestContext, count: number): Promise<{ url: string, streams: EventStream[] }> {
  const streams: EventStream[] = []
  let onHeard = (_id: number): void => {}

  function serveEvents (req: IncomingMessage, res: ServerResponse): void {
    const lastEventId = req.headers['last-event-id'] as string | undefined
    const stream: EventStream = {
      accept: req.headers.accept,
      lastEventId,
      heard: [],
      firstHeardAfterMs: NaN,
      lastHeardAfterMs: NaN,
      isGone: false
    }
    streams.push(stream)
    const startedAt = performance.now()
    let id = Number(lastEventId ?? 0)
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    res.write('retry: 50\n\n')
    const timer = setInterval(() => {
      res.write(`id: ${++id}\ndata: event ${id}\n\n`)
      if (streams[0] === stream && id === count) clearInterval(timer)
    }, paceMs)
    res.on('close', () => {
      clearInterval(timer)
      stream.isGone = !res.writableEnded
    })
    onHeard = (heardId) => {
      stream.heard.push(heardId)
      stream.lastHeardAfterMs = performance.now() - startedAt
      if (stream.heard.length === 1) stream.firstHeardAfterMs = stream.lastHeardAfterMs
      if (streams.length === 1 && stream.heard.length === count) res.end()
    }
  }

  const backend = await startHttpServer(t, (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://page')
    if (pathname === '/events') return serveEvents(req, res)
    if (pathname === '/') return res.writeHead(200, { 'content-type': 'text/html' }).end(page)
    if (pathname === '/heard' && searchParams.get('data') === `event ${searchParams.get('id')}`) onHeard(Number(searchParams.get('id')))
    res.writeHead(204).end()
  })
  return { url: backend.url, streams }
}
