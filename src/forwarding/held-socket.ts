import type { Socket } from 'node:net'

/**
 * Stops reading from a client until `releaseSocket`; what it sends waits in the kernel. A pause alone would not last: Node's
 * HTTP server resumes the socket at the end of each request that it has read.
 */
export function holdSocket (socket: Socket): void {
  if (isHeld(socket)) return
  socket.resume = stay
  socket.pause()
  socket.on('resume', pauseAgain)
}

export function releaseSocket (socket: Socket): void {
  if (!isHeld(socket)) return
  socket.off('resume', pauseAgain)
  Reflect.deleteProperty(socket, 'resume')
  socket.resume()
}

function isHeld (socket: Socket): boolean {
  return Object.hasOwn(socket, 'resume')
}

function stay (this: Socket): Socket {
  return this
}

/** `resume` is emitted a tick after the call, so one that was made before the pause still starts the reading. */
function pauseAgain (this: Socket): void {
  this.emit('pause')
}
