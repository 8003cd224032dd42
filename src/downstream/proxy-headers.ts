import { Socket } from 'node:net'
import { parseAddress, type AddressRanges } from '../base/addresses.ts'
import type { StatedEnds } from '../proxy-protocol/ends.ts'
import { readHeader, type HeaderProblem } from '../proxy-protocol/reader.ts'
import type { ConnectionHost } from './connection-host.ts'
import { ignore } from './ignore.ts'

/** Serves a connection whose proxy has stated these ends, or none. */
export type Serve = (stated: StatedEnds | undefined) => void

interface HeaderHost extends ConnectionHost {
  /** A connection has ended without having been served. */
  tellIfEmpty (): void
}

/** Reads the header of the PROXY protocol that connections from some addresses begin with, before anything else is read of them. */
export class ProxyHeaders {
  /** Whose connections begin with a header; undefined: nobody's. */
  from: AddressRanges | undefined
  readonly #host: HeaderHost
  /** The connections that are not served yet, and whether they have sent a part of their header. */
  readonly #waiting = new Map<Socket, boolean>()

  constructor (host: HeaderHost) {
    this.#host = host
  }

  /** Connections whose header is not whole. */
  get pending (): number {
    return this.#waiting.size
  }

  /** Those of them that have sent a part of it. */
  get begun (): number {
    let count = 0
    for (const hasBegun of this.#waiting.values()) if (hasBegun) count++
    return count
  }

  /** Calls back when the header of a connection has been read, with all that follows it still to be read; at once where there is none. */
  read (socket: Socket, serve: Serve): void {
    if (this.from === undefined) return serve(undefined)
    const peer = parseAddress(socket.remoteAddress ?? '')
    if (peer === undefined) {
      // It has been reset already, as HAProxy's checks are: its bytes can be read still, and nobody knows whose they are.
      socket.on('error', ignore).destroy()
      return
    }
    if (!this.from.has(peer)) return serve(undefined)
    let bytes: Buffer | undefined
    const refuse = (reason: 'proxy-header' | 'timeout', code?: HeaderProblem | 'truncated'): void => {
      socket.destroy()
      this.#host.tellIfEmpty()
      // Who looks whether the port is open asks for nothing.
      if (bytes !== undefined) this.#host.refusals.report({ reason, statusCode: undefined, code, client: peer.text })
    }
    const leave = (): void => {
      this.#waiting.delete(socket)
      cancelTimeout()
      socket.off('data', onData).off('end', onEnd).off('close', onClose)
    }
    const onClose = (): void => {
      leave()
      this.#host.tellIfEmpty()
    }
    const onData = (piece: Buffer): void => {
      bytes = bytes === undefined ? piece : Buffer.concat([bytes, piece])
      this.#waiting.set(socket, true)
      const header = readHeader(bytes)
      if (header.type === 'incomplete') return
      leave()
      if (header.type === 'malformed') return refuse('proxy-header', header.problem)
      hideHeader(socket, header.length)
      serve(header.ends)
      if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length))
    }
    const onEnd = (): void => {
      leave()
      refuse('proxy-header', 'truncated')
    }
    const cancelTimeout = this.#host.clock.after(this.#host.headerTimeoutMs, () => {
      leave()
      refuse('timeout')
    })
    this.#waiting.set(socket, false)
    socket.on('error', ignore)
    socket.on('data', onData).on('end', onEnd).on('close', onClose)
  }

  /** Ends the connections that have sent nothing. */
  drain (): void {
    for (const [socket, hasBegun] of this.#waiting) if (!hasBegun) socket.destroy()
  }

  close (): void {
    for (const socket of this.#waiting.keys()) socket.destroy()
  }
}

/** From now on, the socket has these ends for all that ask it. */
export function stateEnds (socket: Socket, ends: StatedEnds): void {
  Object.defineProperties(socket, {
    remoteAddress: { value: ends.sourceAddress },
    remotePort: { value: ends.sourcePort },
    remoteFamily: { value: ends.family },
    localAddress: { value: ends.destinationAddress },
    localPort: { value: ends.destinationPort },
    localFamily: { value: ends.family }
  })
}

/** What has been read of the client does not include the header, which is not the client's. */
function hideHeader (socket: Socket, length: number): void {
  Object.defineProperty(socket, 'bytesRead', {
    get: () => (Reflect.get(Socket.prototype, 'bytesRead', socket) as number) - length
  })
}
