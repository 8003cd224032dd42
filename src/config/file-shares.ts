/** Who may have how many of the files (sockets among them) that this process may open. */
export interface FileShares {
  /** Kept for health checks, idle connections to backends, look-ups of names, the log and the registry's file. */
  readonly reserve: number
  /** Connections to the admin listener. */
  readonly admin: number
  /** Connections of clients; each needs a second file, for its request's connection to a backend. */
  readonly clients: number
}

/** What Node.js and the gateway have open before the first connection, with some room for checks. */
const minReserve = 40

/** A heartbeat of each of thousands of backends finds its connection still open. */
const maxAdmin = 4096

/**
 * An eighth is kept in reserve, an eighth is the admin listener's, and the rest is for clients, by twos: together never more
 * than there are, so that a flood on one listener takes nothing from the other. `maxFiles` is undefined where it is not known.
 */
export function shareFiles (maxFiles: number | undefined): FileShares {
  if (maxFiles === undefined) return { reserve: 0, admin: maxAdmin, clients: Infinity }
  const reserve = Math.max(minReserve, Math.floor(maxFiles / 8))
  const admin = clamp(Math.floor(maxFiles / 8), 1, maxAdmin)
  return { reserve, admin, clients: Math.max(1, Math.floor((maxFiles - reserve - admin) / 2)) }
}

/** The files that this many clients need at worst. */
export function filesFor (clients: number, { reserve, admin }: FileShares): number {
  return reserve + admin + 2 * clients
}

function clamp (value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
