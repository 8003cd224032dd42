import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { Deadline } from '../base/deadline.ts'

/** nginx's limits: how long a client that is told no more may go on sending, and how long it may pause, in ms. */
const lingerMs = 30_000
const lingerPauseMs = 5000

/**
 * Ends a connection on which more may come, and drops that: to close it at once would reset it, and the reset could destroy what the
 * client has not read yet.
 */
export function linger (socket: Socket, clock: Clock): void {
  const endsAt = clock.now() + lingerMs
  const deadline = new Deadline(clock, () => { socket.destroy() })
  const goOn = (): void => { deadline.set(Math.min(lingerPauseMs, endsAt - clock.now())) }
  socket.on('data', goOn)
  socket.once('end', () => { socket.destroySoon() })
  socket.once('close', () => { deadline.end() })
  socket.end()
  goOn()
}

/** Ends a connection on which nothing more can come, after what has been written; a client that does not read that has as long. */
export function endAfterWrites (socket: Socket, clock: Clock): void {
  // TLS has a message for the end, without which a body that goes to the end of the connection looks cut (RFC 8446 section 6.1).
  if (socket.writableLength === 0 && !('encrypted' in socket)) {
    socket.destroy()
    return
  }
  const cancel = clock.after(lingerMs, () => { socket.destroy() })
  socket.once('close', cancel)
  socket.destroySoon()
}
