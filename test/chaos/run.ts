import { mkdirSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { Fleet } from './backend/fleet.ts'
import { call } from './clients/call.ts'
import { startGateway, type Gateway } from './peers/gateway.ts'
import type { Peer, PeerSettings } from './peers/peer.ts'
import type { Figure, Scenario } from './scenarios/scenario.ts'

/** What came of one scenario with one peer. */
export type Result =
  | { readonly kind: 'figures', readonly figures: readonly Figure[] }
  | { readonly kind: 'not-offered' }
  | { readonly kind: 'broke', readonly why: string }

export interface RunOptions {
  readonly isShort: boolean
  /** An empty folder. */
  readonly folder: string
}

const readyTimeoutMs = 10_000

/** One that breaks does not end the run. */
export async function runScenario (scenario: Scenario, peer: Peer, options: RunOptions): Promise<Result> {
  const settings = settingsFor(scenario, options.isShort)
  if (peer.strategies[settings.strategy] === undefined) return { kind: 'not-offered' }
  try {
    return { kind: 'figures', figures: await onStage(scenario, peer, settings, options) }
  } catch (error) {
    return { kind: 'broke', why: (error as Error).message }
  }
}

/** Evenkeel's defaults; all peers get the same, as far as they have it. */
export function settingsFor ({ strategy, watchesAnswers }: Scenario, isShort: boolean): PeerSettings {
  return {
    strategy: strategy ?? 'round-robin',
    watchesAnswers: watchesAnswers ?? false,
    checkIntervalMs: isShort ? 500 : 2000,
    outlierFailures: 5,
    outlierEjectMs: isShort ? 2000 : 10_000,
    shutdownTimeoutMs: isShort ? 1500 : 3000
  }
}

async function onStage (scenario: Scenario, peer: Peer, settings: PeerSettings, { isShort, folder }: RunOptions): Promise<Figure[]> {
  const gatewayFolder = join(folder, 'gateway')
  mkdirSync(gatewayFolder, { recursive: true })
  const fleet = await Fleet.start(folder, isShort ? 600 : 3000)
  try {
    const backends = fleet.members.map(({ port }) => `127.0.0.1:${port}`)
    const gateway = await startGateway(peer, { ...settings, backends, folder: gatewayFolder })
    try {
      await allAnswer(gateway, fleet)
      return await scenario.run({ fleet, gateway, settings, ms: (long, short) => isShort ? short : long })
    } finally {
      await gateway.end()
    }
  } finally {
    await fleet.end()
  }
}

async function allAnswer (gateway: Gateway, fleet: Fleet): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  const missing = new Set(fleet.members.map(({ name }) => name))
  const end = performance.now() + readyTimeoutMs
  while (missing.size > 0) {
    if (performance.now() > end) throw new Error(`no answer from ${[...missing].join(', ')} in ${readyTimeoutMs} ms`)
    const { backend } = await call({ port: gateway.port, agent, method: 'GET', workMs: 1 })
    if (backend !== undefined) missing.delete(backend)
  }
  agent.destroy()
}
