// Routes and requests in words. Pure.
import { timeOfDay } from './format.ts'
import type { MatchView, NotableRequest, Route } from '../admin/wire.ts'

/** Like `GET shop.example.com/api`, with what else a request needs. */
export function matchText ({ hosts, path, isExact, methods, headers, cookies }: MatchView): string {
  const place = `${hosts.length === 0 ? '' : hosts.join(', ')}${hosts.length > 1 ? ' ' : ''}${path}`
  const more = [
    ...isExact ? ['exactly'] : [],
    ...Object.entries(headers).map(([name, value]) => `header ${name}: ${value}`),
    ...Object.entries(cookies).map(([name, value]) => `cookie ${name}=${value}`)
  ]
  return [...methods.length === 0 ? [] : [methods.join(', ')], place].join(' ') + (more.length === 0 ? '' : `, ${more.join(', ')}`)
}

export function destinationText ({ destination }: Pick<Route, 'destination'>): string {
  switch (destination.type) {
    case 'service': return destination.service
    case 'split': return Object.entries(destination.weights).map(([service, weight]) => `${service} ${weight}`).join(', ')
    case 'redirect': return `redirect to ${destination.to}`
    default: return destination satisfies never
  }
}

/** Like `announced, ends 14:03:00`; nothing for a route that no backend announced. */
export function announcedText ({ source, endsAt }: Pick<Route, 'source' | 'endsAt'>, now: number): string {
  if (source !== 'registered') return ''
  return endsAt === null ? 'announced' : `announced, ends ${timeOfDay(Date.parse(endsAt), now)}`
}

/** Whether every word of the filter occurs in what is shown of a route. */
export function routeMatches (route: Route, filter: string): boolean {
  const text = [route.name ?? '', matchText(route.match), destinationText(route), route.origin, route.source].join('\n')
  return hasWords(text, filter)
}

export function requestMatches (request: NotableRequest, filter: string): boolean {
  const { method, host, path, service, route, backend, requestId, statusCode, outcome } = request
  return hasWords([method, host, path, service, route, backend, requestId, statusCode, outcome].join('\n'), filter)
}

function hasWords (text: string, filter: string): boolean {
  const lower = text.toLowerCase()
  return filter.toLowerCase().split(/\s+/).every((word) => lower.includes(word))
}

/** Like `503, failed`. */
export function answerText ({ statusCode, kinds }: NotableRequest): string {
  return [statusCode === null ? 'client left' : String(statusCode), ...kinds].join(', ')
}

/** Like `server 1: connection refused, server 2`. */
export function attemptsText ({ attempts }: NotableRequest): string {
  if (attempts.length === 0) return 'none: no backend was asked'
  return attempts.map(({ backend, reason }) => reason === null ? backend : `${backend}: ${reason}`).join(', ')
}
