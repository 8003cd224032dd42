import { maxOpenFiles } from './open-files.ts'

/** How the files (and sockets) that this process may open are divided. */
export interface FileShares {
  /** Reserved for health checks, idle connections to backends, name lookups, the log and the registry file. */
  readonly reserve: number
  /** Connections to the admin listener. */
  readonly admin: number
  /** Client connections; each needs a second file, for a connection to a backend. */
  readonly clients: number
}

/** Files that Node.js and the gateway have open before the first connection, with some room for checks. */
const minReserve = 40

/** Enough for thousands of backends to keep their connections open between heartbeats. */
const maxAdmin = 4096

/**
 * An eighth is kept in reserve, an eighth is for the admin listener, and the rest is for clients, two files each: together never
 * more than there are, so that a flood on one listener does not affect the other. `maxFiles` is undefined if unknown.
 */
export function shareFiles (maxFiles: number | undefined): FileShares {
  if (maxFiles === undefined) return { reserve: 0, admin: maxAdmin, clients: Infinity }
  const reserve = Math.max(minReserve, Math.floor(maxFiles / 8))
  const admin = clamp(Math.floor(maxFiles / 8), 1, maxAdmin)
  return { reserve, admin, clients: Math.max(1, Math.floor((maxFiles - reserve - admin) / 2)) }
}

/** How many client connections there may be over all workers, each of which has its own files; `setting`: MAX_CLIENT_CONNECTIONS. */
export function maxClientConnections (setting: number, workers: number): number {
  const { clients } = shareFiles(maxOpenFiles())
  return setting > 0 ? setting : Number.isFinite(clients) ? clients * workers : 0
}

/** The number of files that this many clients need at most. */
export function filesFor (clients: number, { reserve, admin }: FileShares): number {
  return reserve + admin + 2 * clients
}

function clamp (value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
