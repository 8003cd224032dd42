import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExpiryWatch, isOverdue } from '../../../src/downstream/tls/expiry.ts'
import { ticketKeysAt, ticketPeriodMs, untilNextPeriod } from '../../../src/downstream/tls/ticket-keys.ts'
import { signed } from '../../helpers/certificate.ts'
import { certificateOf } from '../../helpers/tls.ts'

test('an expiry is told once at 30, 14, 3, 1 and 0 days, and again for a new certificate', () => {
  const watch = new ExpiryWatch()
  const certificate = certificateOf('a', signed)
  const told: number[] = []
  for (let days = 40; days >= -2; days -= 0.5) {
    for (const { daysLeft } of watch.due([certificate], certificate.expiresAt - days * 86_400_000)) told.push(daysLeft)
  }
  assert.deepEqual(told, [30, 14, 3, 1, 0])
  const other = { ...certificate }
  assert.equal(watch.due([other], certificate.expiresAt - 86_400_000).length, 1)
})

test('a certificate that is renewed by itself is overdue in the last quarter of its life', () => {
  const certificate = { ...certificateOf('a', signed), validFrom: 0, expiresAt: 80 }
  assert.deepEqual([isOverdue(certificate, 60), isOverdue(certificate, 61)], [false, true])
})

test('ticket keys are the same within a period of 12 hours, and others after it or with another secret', () => {
  const at = 5 * ticketPeriodMs + 1000
  const keys = ticketKeysAt('secret', at, 'none')
  assert.equal(keys.length, 48)
  assert.deepEqual(ticketKeysAt('secret', at + untilNextPeriod(at) - 1, 'none'), keys)
  assert.notDeepEqual(ticketKeysAt('secret', at + untilNextPeriod(at), 'none'), keys)
  assert.notDeepEqual(ticketKeysAt('other', at, 'none'), keys)
})
