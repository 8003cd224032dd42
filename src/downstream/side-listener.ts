import type { Server } from 'node:net'

/** Another server whose connections this listener serves, once they have got as far as HTTP: that of TLS. */
export interface SideListener extends Server {
  /** How many connections have not got that far. */
  readonly pending: number
  closePending (): void
}
