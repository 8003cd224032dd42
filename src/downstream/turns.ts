import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { holdSocket, releaseSocket } from './held-socket.ts'
import type { Refusals } from './refusals.ts'
import { addressOf } from './trust.ts'

const kLast = Symbol('last')
const kWaiting = Symbol('waiting')

/** Those requests of a connection that wait for their turn: how many, and their memory. */
interface Waiting {
  requests: number
  bytes: number
}

/** A client's connection, with what is private to Node: the response whose turn it is, and the request that was read last. */
interface ClientSocket extends Socket {
  _httpMessage?: ServerResponse | null
  parser?: { incoming?: IncomingMessage | null, onIncoming?: () => number } | null
  /** The last response of those that wait for their turn. */
  [kLast]?: ServerResponse | undefined
  [kWaiting]?: Waiting
}

/** When so many requests of a pipeline wait, no more are read. Below that a client that leaves is noticed. */
const maxWaiting = 32

/** Node takes in what it has read in one piece: a client that sends more requests than this at a time is cut. */
const mostWaiting = 128

/** What may wait at all connections together, in bytes of memory; beyond it, the connection that brings more is cut. */
const mostWaitingBytes = 32 * 1024 * 1024

/** What a request costs while it waits, as measured: by itself, and for each string of its head. */
const requestBytes = 3500
const stringBytes = 48

export class Turns {
  readonly #refusals: Refusals
  #waitingBytes = 0

  constructor (refusals: Refusals) {
    this.#refusals = refusals
  }

  /**
   * Requests that a client sends without waiting for answers (a pipeline) are dealt with one after the other. Node hands them
   * out all at once; but they may depend on each other (RFC 9112 section 9.3.2: no two at a time unless all are safe), and
   * one connection could take all the room that there is at the backends.
   */
  inTurn (route: RequestListener): RequestListener {
    return (req, res) => {
      if (res.socket === null) this.#wait(req, res, route)
      else route(req, res)
    }
  }

  #wait (req: IncomingMessage, res: ServerResponse, route: RequestListener): void {
    const socket: ClientSocket = req.socket
    const waiting = socket[kWaiting] ??= this.#beginWaiting(socket)
    const bytes = memoryOf(req)
    if (waiting.requests >= mostWaiting || this.#waitingBytes + bytes > mostWaitingBytes) {
      this.#refusals.report({ reason: 'pipeline-too-long', statusCode: undefined, client: addressOf(socket) })
      cut(socket)
      return
    }
    this.#add(waiting, 1, bytes)
    if (waiting.requests === maxWaiting) holdSocket(socket)
    socket[kLast] = res
    res.once('socket', () => {
      this.#add(waiting, -1, -bytes)
      if (waiting.requests === maxWaiting - 1) releaseSocket(socket)
      if (socket[kLast] === res) socket[kLast] = undefined
      // Node has not finished giving it the connection yet.
      queueMicrotask(() => { if (socket.writable) route(req, res) })
    })
  }

  #beginWaiting (socket: Socket): Waiting {
    const waiting = { requests: 0, bytes: 0 }
    socket.once('close', () => { this.#add(waiting, -waiting.requests, -waiting.bytes) })
    return waiting
  }

  #add (waiting: Waiting, requests: number, bytes: number): void {
    waiting.requests += requests
    waiting.bytes += bytes
    this.#waitingBytes += bytes
  }
}

/**
 * Ends the connection, and the parsing of what has been read already: Node would make requests of it, and keep them until the
 * socket is closed, which is after all other sockets have been read. To any other number than 0, 1 and 2, the parser fails.
 */
function cut (socket: ClientSocket): void {
  if (socket.parser != null) socket.parser.onIncoming = () => -1
  socket.destroy()
}

function memoryOf ({ url, rawHeaders }: IncomingMessage): number {
  let bytes = requestBytes + (url as string).length
  for (const text of rawHeaders) bytes += stringBytes + text.length
  return bytes
}

/** Whether all requests of the connection so far have their answers. */
export function isIdle (socket: ClientSocket): boolean {
  return socket[kLast] === undefined && socket._httpMessage == null
}

/** Calls `task` when all requests of the connection so far have their answers; at once if they have; never if it is closed before. */
export function afterTurns (socket: ClientSocket, task: () => void): void {
  const last = socket[kLast] ?? socket._httpMessage
  if (last == null) return task()
  // Behind it there may be answers that Node gives by itself.
  last.once('close', () => { if (socket.writable) afterTurns(socket, task) })
}

/** The request whose body is being read, if there is one, and whether it waits for its turn. */
function unfinished (socket: ClientSocket): { waiting: ServerResponse | undefined } | undefined {
  const { incoming } = socket.parser ?? {}
  return incoming == null || incoming.complete ? undefined : { waiting: socket[kLast] }
}

/** Whether what the client has sent last belongs to a request that is being dealt with. */
export function isOfRequest (socket: ClientSocket): boolean {
  const request = unfinished(socket)
  return request !== undefined && request.waiting === undefined
}

/** As `afterTurns`, where what the client has sent last is wrong: if that is the body of a request, `task` is called in its place. */
export function inPlaceOfWrong (socket: ClientSocket, task: () => void): void {
  const request = unfinished(socket)
  if (request === undefined) return afterTurns(socket, task)
  if (request.waiting === undefined) return task()
  request.waiting.once('socket', task)
}
