/** The ends of a connection, as a proxy before it states them: the client's, and the one that the client connected to. */
export interface StatedEnds {
  readonly family: 'IPv4' | 'IPv6'
  /** In canonical form. */
  readonly sourceAddress: string
  readonly sourcePort: number
  readonly destinationAddress: string
  readonly destinationPort: number
}
