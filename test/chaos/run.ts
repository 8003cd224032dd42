import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Fleet } from './backend/fleet.ts'
import { call } from './clients/call.ts'
import { openConnections, type Connections } from './clients/connections.ts'
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
  const isOffered = peer.strategies[settings.strategy] !== undefined && (scenario.workers === undefined || peer.hasWorkers === true)
  if (!isOffered) return { kind: 'not-offered' }
  try {
    return { kind: 'figures', figures: await onStage(scenario, peer, settings, options) }
  } catch (error) {
    return { kind: 'broke', why: (error as Error).message }
  }
}

/** Evenkeel's defaults; all peers get the same, as far as they have it. */
export function settingsFor ({ strategy, watchesAnswers, workers }: Scenario, isShort: boolean): PeerSettings {
  return {
    strategy: strategy ?? 'round-robin',
    watchesAnswers: watchesAnswers ?? false,
    workers: workers ?? Number(process.env['WORKERS'] ?? 1),
    checkIntervalMs: isShort ? 500 : 2000,
    outlierFailures: 5,
    outlierEjectMs: isShort ? 2000 : 10_000,
    shutdownTimeoutMs: isShort ? 1500 : 3000
  }
}

async function onStage (scenario: Scenario, peer: Peer, settings: PeerSettings, { isShort, folder }: RunOptions): Promise<Figure[]> {
  const gatewayFolder = join(folder, 'gateway')
  mkdirSync(gatewayFolder, { recursive: true })
  const fleet = await Fleet.start(folder, { lameDuckMs: isShort ? 600 : 3000, hasHttp2: peer.speaksHttp2ToBackends })
  try {
    const backends = fleet.members.map(({ port, protocol }) => ({ address: `127.0.0.1:${port}`, protocol }))
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

/** By each protocol. */
async function allAnswer (gateway: Gateway, fleet: Fleet): Promise<void> {
  await Promise.all(gateway.protocols.map(async (protocol) => {
    const connections = openConnections(protocol, gateway)
    try {
      await allAnswerBy(connections, fleet)
    } finally {
      connections.close()
    }
  }))
}

async function allAnswerBy (connections: Connections, fleet: Fleet): Promise<void> {
  const missing = new Set(fleet.members.map(({ name }) => name))
  const end = performance.now() + readyTimeoutMs
  let last: string | undefined
  while (missing.size > 0) {
    if (performance.now() > end) {
      throw new Error(`no answer from ${[...missing].join(', ')} by ${connections.protocol} in ${readyTimeoutMs} ms (${last})`)
    }
    const { backend, failure, status } = await call({ connections, method: 'GET', workMs: 1 })
    if (backend !== undefined) missing.delete(backend)
    last = failure ?? String(status)
  }
}
