import assert from 'node:assert/strict'
import { readMatch, type MatchSpec } from '../../src/routing/match.ts'
import type { MatchView } from '../../src/http/match-view.ts'
import { RoutingTable } from '../../src/routing/table.ts'

/** The normal form of a match in which nothing is wrong. */
export function matchOf (spec: MatchSpec): MatchView {
  const match = readMatch(spec)
  if (Array.isArray(match)) assert.fail(JSON.stringify(match))
  return match as MatchView
}

export function tableOf<Name extends string> (specs: Readonly<Record<Name, MatchSpec>>): RoutingTable<Name> {
  return new RoutingTable(Object.entries<MatchSpec>(specs).map(([name, spec]) => ({ match: matchOf(spec), value: name as Name })))
}

const shop = 'shop.example.com'

/** The routes that the precedence of the Gateway API is tried on. */
export const acceptanceRoutes = {
  web: { host: shop },
  api: { host: shop, path: '/api' },
  'api-write': { host: shop, path: '/api', method: ['POST', 'PUT'] },
  'api-beta': { host: shop, path: '/api', cookie: { beta: '1' } },
  login: { host: shop, exactPath: '/login' },
  files: { host: shop, path: '/files' },
  v2: { host: shop, path: '/v2/' },
  admin: { host: shop, path: '/admin' },
  tenants: { host: '*.example.com' },
  eu: { host: '*.eu.example.com' },
  idn: { host: 'münchen.example' },
  health: { path: '/status' }
} as const satisfies Record<string, MatchSpec>

export type AcceptanceRoute = keyof typeof acceptanceRoutes

/** Requests and where they lead, from the research behind routing; `S` is the shop. Those with other headers are tried on their own. */
export const acceptanceCases: ReadonlyArray<readonly [request: string, route: AcceptanceRoute | 'ambiguous' | undefined]> = ([
  ['S/', 'web'],
  ['S/api', 'api'],
  ['S/api/', 'api'],
  ['S/apis', 'web'],
  ['S/API', 'web'],
  ['S/api/x?y=/../admin', 'api'],
  ['POST S/api/x', 'api-write'],
  ['S/login', 'login'],
  ['S/login/', 'web'],
  ['S/files/a/b?c', 'files'],
  ['S/files', 'files'],
  ['S/v2', 'v2'],
  ['S/v2/x', 'v2'],
  ['SHOP.Example.COM:8080/api', 'api'],
  ['shop.example.com./api', 'api'],
  ['a.b.example.com/', 'tenants'],
  ['x.eu.example.com/', 'eu'],
  ['eu.example.com/', 'tenants'],
  ['example.com/', undefined],
  ['xn--mnchen-3ya.example/', 'idn'],
  ['other.test/status/x', 'health'],
  ['S/status', 'web'],
  ['/status', 'health'],
  ['[::1]:80/status', 'health'],
  ['S/api/a%2Fb', 'api'],
  ['S/files/@scope%2fpkg', 'files'],
  ['S/api/a//b', 'api'],
  ['S/api/./x', 'api'],
  ['S/api/%zz', 'api'],
  ['S/.well-known/x', 'web'],
  ['S/a;b/c', 'web'],
  ['S/admin%2Fx', 'ambiguous'],
  ['S//admin', 'ambiguous'],
  ['S/%61dmin', 'ambiguous'],
  ['S/api/../admin', 'ambiguous'],
  ['S/api/..%2fadmin', 'ambiguous'],
  ['S/api/..;/admin', 'ambiguous'],
  ['S/api;v=1/x', 'ambiguous'],
  ['S/api\\..\\admin', 'ambiguous'],
  ['S/files/%2e%2e/x', 'ambiguous'],
  ['S/x//../admin', 'ambiguous'],
  ['S/admin;x%2F../y', 'ambiguous'],
  ['S/admin;x%2f..%2fy', 'ambiguous'],
  ['S/admin%2F%2F../x', 'ambiguous'],
  ['S/x/..%252fadmin', 'web']
] as const).map(([request, route]) => [request.replace(/\bS\//, `${shop}/`), route])
