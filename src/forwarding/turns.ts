import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const kLast = Symbol('last')
const kWaiting = Symbol('waiting')

/** A client's connection, with what is private to Node: the response whose turn it is, and the request that was read last. */
interface ClientSocket extends Socket {
  _httpMessage?: ServerResponse | null
  parser?: { incoming?: IncomingMessage | null } | null
  /** The last response of those that wait for their turn, and how many wait. */
  [kLast]?: ServerResponse | undefined
  [kWaiting]?: number
}

/** So many requests of a pipeline wait before no more are read. What has been read in one piece is still taken in. */
const maxWaiting = 64

/** A client that sends more than this at a time is cut: each of its requests costs more memory here than bytes there. */
const mostWaiting = 1000

/**
 * Requests that a client sends without waiting for answers (a pipeline) are dealt with one after the other. Node hands them
 * out all at once; but they may depend on each other (RFC 9112 section 9.3.2: no two at a time unless all are safe), and
 * one connection could take all the room that there is at the backends.
 */
export function inTurn (route: RequestListener): RequestListener {
  return (req, res) => {
    if (res.socket !== null) return route(req, res)
    const socket: ClientSocket = req.socket
    const waiting = socket[kWaiting] = (socket[kWaiting] ?? 0) + 1
    if (waiting > mostWaiting) return socket.destroy()
    if (waiting === maxWaiting) socket.pause()
    socket[kLast] = res
    res.once('socket', () => {
      const left = socket[kWaiting] = (socket[kWaiting] as number) - 1
      if (left === maxWaiting - 1) socket.resume()
      if (socket[kLast] === res) socket[kLast] = undefined
      // Node has not finished giving it the connection yet.
      queueMicrotask(() => { if (socket.writable) route(req, res) })
    })
  }
}

/** Whether all requests of the connection so far have their answers. */
export function isIdle (socket: ClientSocket): boolean {
  return socket[kLast] === undefined && socket._httpMessage == null
}

/** Calls `task` when all requests of the connection so far have their answers; at once if they have; never if it is closed before. */
export function afterTurns (socket: ClientSocket, task: () => void): void {
  const last = socket[kLast] ?? socket._httpMessage
  if (last == null) return task()
  // Behind it there may be answers that Node gives by itself, such as 417.
  last.once('close', () => { if (socket.writable) afterTurns(socket, task) })
}

/** The same where what the client has sent last is wrong: if that is the body of a request, `task` is called in its place. */
export function inPlaceOfWrong (socket: ClientSocket, task: () => void): void {
  const { incoming } = socket.parser ?? {}
  if (incoming == null || incoming.complete) return afterTurns(socket, task)
  const waiting = socket[kLast]
  if (waiting === undefined) return task()
  waiting.once('socket', task)
}
