import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What is the gateway's and not a process's: the same in all children, and in a supervisor that takes over. */
export interface Identity {
  /** Hexadecimal, for Via and the ids of requests. */
  readonly gateway: string
  readonly secrets: Secrets
}

/** Base64. A setting goes before each of them. */
export interface Secrets {
  /** Signs the cookies of sticky sessions. 32 bytes. */
  readonly sticky: string
  /** The key of TLS session tickets. 48 bytes, as node:tls wants it. */
  readonly tickets: string
}

export function makeIdentity (): Identity {
  return {
    gateway: randomBytes(6).toString('hex'),
    secrets: { sticky: randomBytes(32).toString('base64'), tickets: randomBytes(48).toString('base64') }
  }
}

/** Where control and workers find each other. */
export interface LinkPlace {
  /** As `EVENKEEL_LINK` has it, see `linkAddress`. */
  path (generation: number): string
  remove (): void
}

/** A folder that only this user may enter, or abstract sockets where there is no folder to write to. */
export function makeLinkPlace (temporary = tmpdir()): LinkPlace {
  try {
    const folder = mkdtempSync(join(temporary, 'evenkeel-'))
    return {
      path: (generation) => join(folder, `${generation}.sock`),
      remove: () => { rmSync(folder, { recursive: true, force: true }) }
    }
  } catch {
    const token = randomBytes(24).toString('hex')
    return { path: (generation) => `@evenkeel-${token}-${generation}`, remove: () => {} }
  }
}

/** The path to listen on and to connect to: an abstract socket (Linux) is written with `@`, since no environment holds its null byte. */
export function linkAddress (link: string): string {
  return link.startsWith('@') ? `\0${link.slice(1)}` : link
}
