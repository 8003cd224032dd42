import { isUp, stateOf, type Backend, type BackendState, type Lease } from '../backends/backend.ts'
import { unknownHealth, type Health, type LastCheck } from '../backends/health.ts'
import { Load } from '../backends/load.ts'
import type { PeakEwma } from '../backends/peak-ewma.ts'
import type { BackendSpec, DesiredState, HealthCheckSpec, Source } from '../backends/spec.ts'
import type { RegistryEntry } from '../registry/store.ts'

const likeOthers: HealthCheckSpec = {}

/** A backend in the hands of its service, the only one that changes it. */
export class ManagedBackend implements Backend {
  readonly id: string
  readonly service: string
  readonly source: Source
  readonly url: URL
  readonly load = new Load()
  health: Health = unknownHealth
  entered = { at: 0, why: '' }
  /** What the registry says of it. */
  entry: RegistryEntry

  constructor (entry: RegistryEntry) {
    this.id = entry.id
    this.service = entry.service
    this.source = entry.source
    this.url = new URL(entry.spec.url)
    this.entry = entry
  }

  get spec (): BackendSpec {
    return this.entry.spec
  }

  get address (): string {
    return this.entry.spec.url
  }

  get name (): string {
    return this.entry.spec.name
  }

  get weight (): number {
    return this.entry.spec.weight
  }

  get zone (): string | undefined {
    return this.entry.spec.zone
  }

  get isBackup (): boolean {
    return this.entry.spec.isBackup ?? false
  }

  get healthCheck (): HealthCheckSpec {
    return this.entry.spec.healthCheck ?? likeOthers
  }

  get desiredState (): DesiredState {
    return this.entry.desiredState
  }

  get lease (): Lease | undefined {
    return this.entry.lease
  }

  get holders (): number {
    return this.entry.holders
  }

  get lastCheck (): LastCheck | undefined {
    return this.health.lastCheck
  }

  get isUp (): boolean {
    return isUp(this.health)
  }

  get state (): BackendState {
    return stateOf(this.entry.desiredState, this.health, this.load.inFlight)
  }

  get inFlight (): number {
    return this.load.inFlight
  }

  get elsewhere (): number {
    return this.load.elsewhere
  }

  get unanswered (): number {
    return this.load.unanswered
  }

  get effectiveWeight (): number {
    return this.entry.spec.weight * this.load.weightRatio
  }

  get latency (): PeakEwma {
    return this.load.latency
  }

  isStalled (nowMs: number): boolean {
    return this.load.isStalled(nowMs)
  }
}
