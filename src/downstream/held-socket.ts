import type { Socket } from 'node:net'

/** A client's socket, with what is private to Node. */
interface NodeSocket extends Socket {
  _handle?: { reading: boolean, readStop: () => void } | null
  /** While it speaks HTTP. */
  parser?: unknown
}

/**
 * Stops reading from a client until `releaseSocket`; what it sends waits in the kernel. A pause alone would not do: Node's
 * HTTP server resumes the socket at the end of each request that it has read, and a stream that is paused reads on up to its
 * high-water mark, in pieces as small as they come, each of which costs more than its bytes.
 */
export function holdSocket (socket: NodeSocket): void {
  if (isHeld(socket)) return
  socket.resume = stay
  socket._read = readNothing
  socket.pause()
  stopReading.call(socket)
  // It comes a tick after the call: of one that was made before, Node starts to read now.
  socket.on('resume', stopReading)
}

export function releaseSocket (socket: NodeSocket): void {
  if (!isHeld(socket)) return
  socket.off('resume', stopReading)
  Reflect.deleteProperty(socket, 'resume')
  Reflect.deleteProperty(socket, '_read')
  socket.resume()
  // The stream may believe that it is reading. Where there is a parser, Node starts it by itself.
  if (socket.parser == null) socket._read(0)
}

function isHeld (socket: Socket): boolean {
  return Object.hasOwn(socket, 'resume')
}

function stay (this: Socket): Socket {
  return this
}

function readNothing (): void {}

function stopReading (this: NodeSocket): void {
  const { _handle: handle } = this
  if (handle == null || !handle.reading) return
  handle.reading = false
  handle.readStop()
}
