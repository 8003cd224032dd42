import { Counter, Gauge, type Registry } from 'prom-client'

export interface TlsMetricSources {
  /** When they expire, in ms since the epoch. */
  readonly certificates: () => ReadonlyArray<{ readonly name: string, readonly expiresAt: number }>
  readonly handshakeFailures: ReadonlyMap<string, number>
  /** Orders of certificates by ACME, by how they ended; undefined: none are ordered. */
  readonly orders: ReadonlyMap<string, number> | undefined
}

/** What `/metrics` shows of the TLS listener. */
export function exposeTls (registry: Registry, { certificates, handshakeFailures, orders }: TlsMetricSources): void {
  registry.registerMetric(new Gauge({
    name: 'evenkeel_tls_certificate_expires_timestamp_seconds',
    help: 'When a certificate expires',
    labelNames: ['name'],
    registers: [],
    collect () {
      this.reset()
      for (const { name, expiresAt } of certificates()) this.set({ name }, expiresAt / 1000)
    }
  }))
  registry.registerMetric(new Counter({
    name: 'evenkeel_tls_handshake_failures_total',
    help: 'Connections that never got as far as HTTP, by reason',
    labelNames: ['reason'],
    registers: [],
    collect () {
      this.reset()
      for (const [reason, count] of handshakeFailures) this.inc({ reason }, count)
    }
  }))
  if (orders === undefined) return
  registry.registerMetric(new Counter({
    name: 'evenkeel_acme_orders_total',
    help: 'Certificates ordered by ACME, by outcome',
    labelNames: ['outcome'],
    registers: [],
    collect () {
      this.reset()
      for (const [outcome, count] of orders) this.inc({ outcome }, count)
    }
  }))
}
