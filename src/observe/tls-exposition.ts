import type { MetricSet } from './metric-set.ts'

export interface TlsMetricSources {
  /** When they expire, in ms since the epoch. */
  readonly certificates: () => ReadonlyArray<{ readonly name: string, readonly expiresAt: number }>
  readonly handshakeFailures: ReadonlyMap<string, number>
  /** Orders of certificates by ACME, by how they ended; undefined: none are ordered. */
  readonly orders: ReadonlyMap<string, number> | undefined
}

/** What `/metrics` shows of the TLS listener. */
export function exposeTls (metrics: MetricSet, { certificates, handshakeFailures, orders }: TlsMetricSources): void {
  metrics.gauge('evenkeel_tls_certificate_expires_timestamp_seconds', 'When a certificate expires', ['name'], (add) => {
    for (const { name, expiresAt } of certificates()) add({ name }, expiresAt / 1000)
  })
  const help = 'Connections that never got as far as HTTP, by reason'
  metrics.counter('evenkeel_tls_handshake_failures_total', help, ['reason'], (add) => {
    for (const [reason, count] of handshakeFailures) add({ reason }, count)
  })
  if (orders === undefined) return
  metrics.counter('evenkeel_acme_orders_total', 'Certificates ordered by ACME, by outcome', ['outcome'], (add) => {
    for (const [outcome, count] of orders) add({ outcome }, count)
  })
}
