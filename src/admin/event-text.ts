import type { BackendEvent } from '../services/events.ts'
import type { GatewayEvent } from './wire.ts'

/** An event as the API shows it. */
export function viewEvent ({ id, at, backend, why, inRotation, ...event }: BackendEvent): GatewayEvent {
  const common = { id, at: new Date(at).toISOString(), backend: backend.id, name: backend.name, why, inRotation }
  return event.type === 'transition' ? { ...common, type: event.type, from: event.from, to: event.to } : { ...common, type: event.type }
}

/** One server-sent event (WHATWG HTML, section 9.2). */
export function eventText (type: string, data: object, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
