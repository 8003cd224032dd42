import type { Certificate } from './certificate.ts'

const dayMs = 86_400_000

/** How many days ahead operators are warned. */
const warnings = [30, 14, 3, 1, 0] as const
export type ExpiryWarning = typeof warnings[number]

/** Tells of certificates that are about to expire: each once per threshold, and again for one that takes its place. */
export class ExpiryWatch {
  readonly #told = new Map<Certificate, number>()

  /** Those whose next threshold has passed at `now`, in ms since the epoch, with the days that are left; below 0: it has expired. */
  due (certificates: readonly Certificate[], now: number): Array<{ certificate: Certificate, daysLeft: number }> {
    for (const certificate of this.#told.keys()) if (!certificates.includes(certificate)) this.#told.delete(certificate)
    return certificates.flatMap((certificate) => {
      const daysLeft = daysUntil(certificate.expiresAt, now)
      const passed = warningFor(daysLeft)
      if (passed === undefined || passed === this.#told.get(certificate)) return []
      this.#told.set(certificate, passed)
      return [{ certificate, daysLeft }]
    })
  }
}

/** Less than a quarter of its life is left: a certificate that is renewed without an operator should have been. */
export function isOverdue ({ validFrom, expiresAt }: Certificate, now: number): boolean {
  return expiresAt - now < (expiresAt - validFrom) / 4
}

/** In days, with fractions; below 0: it has expired. Both in ms since the epoch. */
export function daysUntil (expiresAt: number, now: number): number {
  return (expiresAt - now) / dayMs
}

/** The last threshold that has passed, in days; 0: it has expired. */
export function warningFor (daysLeft: number): ExpiryWarning | undefined {
  return warnings.filter((days) => daysLeft <= days).at(-1)
}
