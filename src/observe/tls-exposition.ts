import type { MetricSet } from './metric-set.ts'

export interface TlsMetricSources {
  /** Since when they are valid and when they expire, in ms since the epoch. */
  readonly certificates: () => ReadonlyArray<{ readonly name: string, readonly validFrom: number, readonly expiresAt: number }>
  /** Those that were completed. */
  readonly handshakes: { readonly full: number, readonly resumed: number }
  /** Those that are held back because there are too many. */
  readonly handshakesWaiting: () => number
  readonly handshakeFailures: ReadonlyMap<string, number>
  /** Orders of certificates by ACME, by how they ended; undefined: none are ordered. */
  readonly orders: ReadonlyMap<string, number> | undefined
}

/** What `/metrics` shows of the TLS listener. */
export function exposeTls (metrics: MetricSet, sources: TlsMetricSources): void {
  const { certificates, handshakes, handshakesWaiting, handshakeFailures, orders } = sources
  metrics.gauge('evenkeel_tls_certificate_expires_timestamp_seconds', 'When a certificate expires', ['name'], (add) => {
    for (const { name, expiresAt } of certificates()) add({ name }, expiresAt / 1000)
  })
  metrics.gauge('evenkeel_tls_certificate_valid_from_timestamp_seconds', 'Since when a certificate is valid', ['name'], (add) => {
    for (const { name, validFrom } of certificates()) add({ name }, validFrom / 1000)
  })
  metrics.counter('evenkeel_tls_handshakes_total', 'Handshakes that were completed', ['resumed'], (add) => {
    add({ resumed: 'false' }, handshakes.full)
    add({ resumed: 'true' }, handshakes.resumed)
  })
  const waiting = 'Handshakes that wait because of TLS_HANDSHAKES_PER_SECOND'
  metrics.gauge('evenkeel_tls_handshakes_waiting', waiting, [], (add) => { add({}, handshakesWaiting()) })
  const help = 'Connections that never got as far as HTTP, by reason'
  metrics.counter('evenkeel_tls_handshake_failures_total', help, ['reason'], (add) => {
    for (const [reason, count] of handshakeFailures) add({ reason }, count)
  })
  if (orders === undefined) return
  metrics.counter('evenkeel_acme_orders_total', 'Certificates ordered by ACME, by outcome', ['outcome'], (add) => {
    for (const [outcome, count] of orders) add({ outcome }, count)
  })
}
