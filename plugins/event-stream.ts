import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { eventText, viewEvent } from '../src/admin/event-text.ts'
import { packageVersion } from '../src/base/package-version.ts'

/** How far a reader may lag, in bytes, before it is disconnected; it can resume with the id of its last event. */
const maxBehindBytes = 1_000_000

/** What happens, as it happens, for pages and programs. */
async function eventStream (fastify: FastifyInstance) {
  const { instance, services: { events }, notableRequests } = fastify
  const readers = new Set<ServerResponse>()

  function send (reader: ServerResponse, text: string): void {
    if (reader.writableLength > maxBehindBytes) reader.destroy()
    else reader.write(text)
  }

  events.subscribeToAll((event) => {
    if (readers.size === 0) return
    const text = eventText(event.type, viewEvent(event), event.id)
    for (const reader of readers) send(reader, text)
  })
  notableRequests.told.subscribe((request) => {
    if (readers.size === 0) return
    const text = eventText('request', request)
    for (const reader of readers) send(reader, text)
  })
  fastify.traffic.subscribe((sample) => {
    if (readers.size === 0) return
    const text = eventText('sample', sample)
    for (const reader of readers) send(reader, text)
  })

  fastify.addApi((api) => {
    api.get('/events/last', { schema: { summary: 'The last 1000 events, oldest first' } }, () => events.history.map(viewEvent))
    const summary = 'Traffic of the last 15 minutes, one sample per second; for the last minute also by backend, with p50 and p99'
    api.get('/samples', { schema: { summary } }, () => fastify.traffic.samples())
    api.get('/events', { schema: { summary: 'Server-sent events; Last-Event-ID replays the missed ones' } }, ({ headers }, reply) => {
      reply.hijack()
      const { raw: reader } = reply
      reader.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      reader.write(eventText('hello', { instance, version: packageVersion }))
      const lastSeen = Number(headers['last-event-id'])
      if (Number.isInteger(lastSeen)) {
        for (const event of events.history) if (event.id > lastSeen) reader.write(eventText(event.type, viewEvent(event), event.id))
      }
      readers.add(reader)
      reader.once('close', () => { readers.delete(reader) })
    })
  })
  fastify.addHook('onClose', () => { for (const reader of readers) reader.destroy() })
}

export default fp(eventStream, {
  name: 'event-stream',
  dependencies: ['admin', 'backend-registry', 'metrics', 'notable-requests', 'request-id'],
  fastify: '5.x'
})
