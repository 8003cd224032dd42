import { status, type sendUnaryData, type ServerUnaryCall, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { method } from './method.ts'
import { bytesIn, numberIn, readFields, writeFields, type Codec } from './protobuf.ts'

/** By their numbers in grpc.health.v1. SERVICE_UNKNOWN is for Watch, but a careless server may send it for Check as well. */
export const healthStatuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const
export type HealthStatus = typeof healthStatuses[number]

const healthCheckRequest: Codec<{ service: string }> = {
  write: ({ service }) => writeFields([[1, Buffer.from(service)]]),
  read: (bytes) => ({ service: bytesIn(readFields(bytes), 1)[0]?.toString() ?? '' })
}

const healthCheckResponse: Codec<HealthStatus> = {
  write: (health) => writeFields([[1, healthStatuses.indexOf(health)]]),
  read: (bytes) => healthStatuses[numberIn(readFields(bytes), 1)] ?? 'UNKNOWN'
}

/** grpc.health.v1.Health without Watch, which no gateway calls. */
export const healthService = { Check: method('/grpc.health.v1.Health/Check', healthCheckRequest, healthCheckResponse) }

/** The health of a server's services, to be switched by a test. The service '', which is the whole server, is SERVING at first. */
export class SwitchableHealth {
  readonly #statuses = new Map<string, HealthStatus>([['', 'SERVING']])
  /** The services that were asked for, in order. */
  readonly checks: string[] = []

  /** Services that were never set are NOT_FOUND, as the protocol wants it. */
  set (health: HealthStatus, service = ''): void {
    this.#statuses.set(service, health)
  }

  readonly implementation: UntypedServiceImplementation = {
    Check: ({ request: { service } }: ServerUnaryCall<{ service: string }, HealthStatus>, reply: sendUnaryData<HealthStatus>) => {
      this.checks.push(service)
      const health = this.#statuses.get(service)
      if (health === undefined) reply({ code: status.NOT_FOUND, details: `unknown service "${service}"` })
      else reply(null, health)
    }
  }
}
