import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { selfSigned } from '../../src/downstream/tls/self-signed.ts'

/** A certificate that nobody has signed, P-256, as files. */
export interface CertificateFiles {
  /** Nothing else is in it. */
  readonly folder: string
  readonly certificate: string
  readonly key: string
  /** Both in one, as HAProxy wants them. */
  readonly bundle: string
}

export function writeCertificate (below: string): CertificateFiles {
  const folder = join(below, 'certificates')
  const files = { folder, certificate: join(folder, 'site.crt'), key: join(folder, 'site.key'), bundle: join(below, 'site.pem') }
  const { cert, key } = selfSigned(Date.now())
  mkdirSync(folder)
  writeFileSync(files.certificate, cert)
  writeFileSync(files.key, key)
  writeFileSync(files.bundle, cert + key)
  return files
}
