import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A client's socket, with the response that is being written to it; private to Node. */
interface ResponseSocket extends Socket {
  _httpMessage?: ServerResponse | null
}

/**
 * Node's server stops listening to a socket when it emits 'upgrade' or 'connect', although responses to earlier requests may still
 * be on their way. This does for them what the server did, until `releaseDetached`.
 */
export function watchDetached (socket: Socket): void {
  // Without a listener, an error would end the process.
  socket.on('error', destroy)
  socket.on('drain', passDrain)
  socket.on('timeout', passTimeout)
}

/** The server listens again. */
export function releaseDetached (socket: Socket): void {
  socket.off('error', destroy)
  socket.off('drain', passDrain)
  socket.off('timeout', passTimeout)
}

function destroy (this: Socket): void {
  this.destroy()
}

function passDrain (this: ResponseSocket): void {
  const res = this._httpMessage
  if (res?.writableNeedDrain === true) res.emit('drain')
}

function passTimeout (this: ResponseSocket): void {
  if (this._httpMessage?.emit('timeout', this) !== true) this.destroy()
}
