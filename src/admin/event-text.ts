import type { LoggedEvent } from '../services/events.ts'
import type { GatewayEvent } from './wire.ts'

/** An event as the API shows it. */
export function viewEvent (event: LoggedEvent): GatewayEvent {
  const { id, why } = event
  const at = new Date(event.at).toISOString()
  if (event.type === 'config') return { id, at, type: event.type, state: event.state, why }
  const { backend, inRotation } = event
  const common = { id, at, backend: backend.id, service: backend.service, name: backend.name, why, inRotation }
  return event.type === 'transition' ? { ...common, type: event.type, from: event.from, to: event.to } : { ...common, type: event.type }
}

/** One server-sent event (WHATWG HTML, section 9.2). */
export function eventText (type: string, data: object, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
