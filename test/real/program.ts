import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Seen from dist/test/real; the list is not compiled. */
const list = join(import.meta.dirname, '../../../test/real/packages.txt')

/** The path of a program that a Debian package brings; the test fails with the way to get it when it is missing. */
export function program (name: string): string {
  const line = readFileSync(list, 'utf8').split('\n').find((line) => line.endsWith(`/${name}`))
  const [debianPackage, path] = line?.split(' ') ?? []
  if (path === undefined) throw new Error(`${name} is not in test/real/packages.txt`)
  try {
    accessSync(path, constants.X_OK)
  } catch {
    throw new Error(`${path} is missing, from Debian's package ${debianPackage}: run test/real/install.sh`)
  }
  return path
}
