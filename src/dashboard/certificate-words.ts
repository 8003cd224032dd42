// Certificates in words. Pure.
import type { Tone } from './words.ts'
import { count, plural } from './format.ts'
import type { Tls, TlsCertificate } from '../admin/wire.ts'

/** Those that expire within so many days, or have expired, are told of on every page. */
const urgentDays = 3

type Life = Pick<TlsCertificate, 'daysLeft' | 'warning'>

/** By the warning that is due, which is the one in the log. */
export function toneOfLife ({ warning }: Life): Tone {
  if (warning === null) return 'good'
  return warning <= urgentDays ? 'bad' : 'warning'
}

/** "expired", "less than a day", "13 days". */
export function daysLeftText ({ daysLeft }: Life): string {
  if (daysLeft < 0) return 'expired'
  return daysLeft === 0 ? 'less than a day' : plural(daysLeft, 'day')
}

/** Sentences for the banner. */
export function urgentSentences ({ certificates }: Tls): string[] {
  return certificates.filter((certificate) => toneOfLife(certificate) === 'bad').map((certificate) => {
    const { name, daysLeft } = certificate
    return daysLeft < 0 ? `The certificate ${name} has expired.` : `The certificate ${name} expires in ${daysLeftText(certificate)}.`
  })
}

export function namesText ({ names, isDefault }: TlsCertificate): string {
  const all = names.length === 0 ? 'no server name' : names.join(', ')
  return isDefault ? `${all}; the default` : all
}

export function issuerText ({ issuer, source }: TlsCertificate): string {
  if (source === 'self-signed') return 'nobody: made for this run'
  return source === 'acme' ? `${issuer}; renewed by the gateway` : issuer
}

/** "12 full handshakes, 30 resumed, 2 failed, 1 waiting". */
export function handshakesText ({ handshakes }: Tls): string {
  if (handshakes === null) return ''
  const { full, resumed, failed, waiting } = handshakes
  const failures = Object.values(failed).reduce((sum, each) => sum + each, 0)
  return `${plural(full, 'full handshake')}, ${count(resumed)} resumed, ${count(failures)} failed, ${count(waiting)} waiting`
}
