import { readdir, readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { lookOf } from '../../base/file-look.ts'
import { readCertificate, type Certificate, type CertificatePair } from './certificate.ts'

/** Where a certificate and its key are. */
export interface PairFiles {
  readonly name: string
  readonly cert: string
  readonly key: string
}

/** A certificate that cannot be served, in one sentence. */
export interface CertificateProblem {
  readonly name: string
  readonly problem: string
}

export interface LoadedCertificate {
  readonly certificate: Certificate
  readonly pair: CertificatePair
}

/**
 * The pairs that TLS_CERTIFICATES names: those of a folder, or `FILE.crt:FILE.key` separated by commas. Returns what is wrong with the
 * setting, as a phrase. A folder that cannot be read rejects.
 */
export async function findPairs (setting: string): Promise<PairFiles[] | string> {
  if (!setting.includes(':')) {
    const files = await readdir(setting)
    // Editors and tools that write files put locks and unfinished ones next to them, with a dot.
    return files.filter((file) => file.endsWith('.crt') && !file.startsWith('.')).sort().map((file) => {
      const name = file.slice(0, -'.crt'.length)
      return { name, cert: join(setting, file), key: join(setting, `${name}.key`) }
    })
  }
  const pairs: PairFiles[] = []
  for (const entry of setting.split(',')) {
    const [cert = '', key = '', ...rest] = entry.trim().split(':')
    if (cert === '' || key === '' || rest.length > 0) return 'expected a folder, or pairs FILE.crt:FILE.key separated by commas'
    pairs.push({ name: basename(cert, extname(cert)), cert, key })
  }
  const names = pairs.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  return twice === undefined ? pairs : `there are two certificates named ${twice}`
}

/** As `findPairs`, where a folder that is not there is no problem. */
export function findPairsIfAny (setting: string): Promise<PairFiles[] | string> {
  return findPairs(setting).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

/** Reads a pair of files, or returns what is wrong with them. */
export async function loadPair (files: PairFiles): Promise<LoadedCertificate | CertificateProblem> {
  const { name } = files
  try {
    const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')])
    const certificate = readCertificate(name, { cert, key })
    return typeof certificate === 'string' ? { name, problem: `${files.cert}: ${certificate}` } : { certificate, pair: { cert, key } }
  } catch (error) {
    return { name, problem: `it cannot be read: ${(error as Error).message}` }
  }
}

/** Changes when one of the files does, by an editor, `mv` or a symbolic link. */
export async function fingerprintOf ({ cert, key }: PairFiles): Promise<string> {
  const looks = await Promise.all([lookOf(cert), lookOf(key)])
  return looks.join(', ')
}
