import type { TestContext } from 'node:test'
import type { AppOptions } from '../../src/app.ts'
import { describeMatch } from '../../src/routing/match.ts'
import { send } from './client.ts'
import { startGateway } from './gateway.ts'
import { FakeClock } from './clock.ts'

export interface ApiReply {
  readonly status: number
  readonly body: Record<string, unknown> & { readonly id: string, readonly code: string, readonly message: string }
}

/** A gateway for backends that announce routes, on a clock that stands still. */
export async function startAnnouncing (t: TestContext, settings: Record<string, string> = {}, options: Partial<AppOptions> = {}) {
  const clock = new FakeClock()
  const gateway = await startGateway(t, settings, { clock, ...options })
  const { app, adminUrl } = gateway

  async function api (method: string, path: string, body?: object): Promise<ApiReply> {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await send(`${adminUrl}/api${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    return { status: answer.status, body: answer.body === '' ? {} : JSON.parse(answer.body) }
  }

  /** The announced routes in force: `search shop.test/search > a+b`, `orphaned` where the backends have left. */
  function announced (): string[] {
    return app.announcedRoutes.list().map(({ service, match, names, endsAt }) => {
      return `${service} ${describeMatch(match)} > ${endsAt === undefined ? names.join('+') : 'orphaned'}`
    })
  }

  return { ...gateway, clock, api, announced }
}
