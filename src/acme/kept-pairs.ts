import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PairFiles } from '../downstream/tls/certificate-files.ts'

/** The certificates in this folder that are for one of these names: of each, key and chain are one file. None yet is no problem. */
export async function keptPairs (folder: string, names: readonly string[]): Promise<PairFiles[]> {
  const files = new Set(await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  }))
  return names.filter((name) => files.has(`${name}.pem`)).map((name) => {
    const file = join(folder, `${name}.pem`)
    return { name, cert: file, key: file }
  })
}
