import type { TestContext } from 'node:test'
import { startGatewayProcess } from './gateway-process.ts'

/** The two ways to a server whose results must be the same. */
export const ways = {
  directly: async (_t: TestContext, url: string) => url,
  'through the gateway': startGatewayProcess
}

export type Way = keyof typeof ways
