import type { Fleet } from '../backend/fleet.ts'
import { startClients, type Clients } from '../clients/clients.ts'
import type { Gateway } from '../peers/gateway.ts'
import type { PeerSettings } from '../peers/peer.ts'

/** One number that a scenario is about. */
export interface Figure {
  readonly what: string
  /** Infinity: not within the run. NaN: there was nothing to measure. */
  readonly value: number
  readonly unit?: 'ms' | '%'
  /** How much of it came by which protocol. */
  readonly parts?: string
  /** What is wanted of Evenkeel, where something is. */
  readonly atMost?: number
  /** What is behind the number, for who looks into it; not for the table. */
  readonly detail?: string
}

/** Three backends behind a gateway, all of which run and answer. */
export interface Stage {
  readonly fleet: Fleet
  readonly gateway: Gateway
  readonly settings: PeerSettings
  /** Picks the length of a phase. */
  readonly ms: (long: number, short: number) => number
}

export interface Scenario {
  readonly title: string
  /** What is done, in a sentence. */
  readonly story: string
  readonly strategy?: PeerSettings['strategy']
  readonly watchesAnswers?: true
  /** Unless it is asked for by its name. */
  readonly isLeftOutOfShort?: true
  /** For gateways of several processes, whatever WORKERS says. */
  readonly workers?: number
  readonly run: (stage: Stage) => Promise<Figure[]>
}

export function getClients ({ gateway }: Stage): Clients {
  return startClients({ ports: gateway, protocols: gateway.protocols, methods: ['GET'] })
}

export function mixedClients ({ gateway }: Stage): Clients {
  return startClients({ ports: gateway, protocols: gateway.protocols, methods: ['GET', 'POST'] })
}
