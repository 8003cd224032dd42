import { Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContextOptions } from 'node:tls'
import { ClientCertificateError, PlainHttpError } from '../../errors.ts'
import { ignore } from '../ignore.ts'
import { endAfterWrites, linger } from '../lingering.ts'
import { refusalText } from '../http1/refusal.ts'
import type { Listener } from '../listener.ts'
import type { SideListener } from '../side-listener.ts'
import type { CertificatePair } from './certificate.ts'
import type { Certificates } from './certificates.ts'
import { noteEnforced, type ClientPolicy } from './client-auth.ts'
import { proofProtocol, readClientHello, type ClientHello } from './client-hello.ts'
import { reasonOf, type HandshakeFailure } from './handshake-failures.ts'
import { HandshakeLimit } from './handshake-limit.ts'
import { secureDefaults } from './secure-defaults.ts'
import { TlsServers } from './tls-servers.ts'
import type { StatedEnds } from '../../proxy-protocol/ends.ts'
import { stateEnds } from '../proxy-headers.ts'
import { increment } from '../../base/counts.ts'

/** From the connection to the end of the handshake. */
const handshakeTimeoutMs = 10_000

/** A fatal unrecognized_name (RFC 6066 section 3), as a record. */
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112])

export interface TlsListenerOptions {
  /** What serves the connections, and has their settings. */
  readonly listener: Listener
  readonly certificates: Certificates
  /** For the handshake of all names. */
  readonly context: SecureContextOptions
  /** Full handshakes; 0: no limit. */
  readonly handshakesPerSecond?: number
}

/** A connection until its handshake is done. */
interface Handshake {
  readonly socket: Socket
  /** By a proxy before us. */
  readonly stated: StatedEnds | undefined
  readonly cancelTimeout: () => void
  failure: HandshakeFailure | undefined
  /** It has begun, without being counted as a full one. */
  isFree: boolean
  cancelTurn: (() => void) | undefined
  /** Its client is a CA, which has seen what it came for. */
  isProof: boolean
}

/** Takes connections by TLS, and gives them to the listener when they have got as far as HTTP. */
export class TlsListener extends Server implements SideListener {
  readonly failures = new Map<HandshakeFailure, number>()
  /** Those that have come to their end: full ones, and those that have resumed a session. */
  readonly handshakes = { full: 0, resumed: 0 }
  /** What proves to a CA that this is the server of a name (RFC 8737); undefined: no CA has been asked to look. */
  proofFor: ((serverName: string) => Promise<CertificatePair | undefined>) | undefined
  readonly servers: TlsServers
  readonly #limit: HandshakeLimit
  readonly #listener: Listener
  readonly #certificates: Certificates
  readonly #context: SecureContextOptions
  /** By the ends of their connections, which is all that TLS has in common with what is below it. */
  readonly #pending = new Map<string, Handshake>()

  constructor ({ listener, certificates, context, handshakesPerSecond = 0 }: TlsListenerOptions) {
    super({ allowHalfOpen: true })
    this.#listener = listener
    this.#certificates = certificates
    this.#context = { ...secureDefaults, ...context }
    this.#limit = new HandshakeLimit(listener.clock, handshakesPerSecond)
    this.once('close', () => { this.#limit.end() })
    this.servers = new TlsServers({
      certificates,
      context: this.#context,
      protocols: listener.speaksHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      onSecure: (socket, policy) => { this.#onSecure(socket, policy) },
      onFailure: (error, socket) => {
        socket.on('error', ignore)
        const handshake = this.#pending.get(endsOf(socket))
        if (handshake !== undefined) handshake.failure ??= reasonOf(error)
      }
    })
    this.on('connection', (socket: Socket) => {
      if (listener.admit(socket)) listener.proxyHeaders.read(socket, (stated) => { this.#begin(socket, stated) })
    })
    listener.serveAlso(this)
  }

  /** Handshakes that are not begun yet, because there are too many. */
  get waiting (): number {
    return this.#limit.waiting
  }

  get pending (): number {
    return this.#pending.size
  }

  closePending (): void {
    for (const { socket } of this.#pending.values()) socket.destroy()
  }

  #begin (socket: Socket, stated: StatedEnds | undefined): void {
    socket.on('error', ignore)
    const ends = endsOf(socket)
    const handshake: Handshake = {
      socket,
      stated,
      failure: undefined,
      isFree: false,
      cancelTurn: undefined,
      isProof: false,
      cancelTimeout: this.#listener.clock.after(handshakeTimeoutMs, () => { this.#fail(handshake, 'timeout') })
    }
    this.#pending.set(ends, handshake)
    socket.once('close', () => {
      handshake.cancelTurn?.()
      if (this.#pending.get(ends) !== handshake) return
      this.#forget(ends, handshake)
      this.#listener.tellIfEmpty()
      if (handshake.isProof) return
      // It may have made us sign for nothing.
      if (handshake.isFree) this.#limit.charge()
      this.#count(handshake.failure ?? 'client-left')
    })
    let early: Buffer | undefined
    const onData = (bytes: Buffer): void => {
      early = early === undefined ? bytes : Buffer.concat([early, bytes])
      const hello = readClientHello(early)
      if (hello.type === 'incomplete') return
      socket.off('data', onData)
      if (hello.type === 'plain-http') return this.#answerPlainHttp(handshake)
      if (hello.type === 'unreadable') return this.#fail(handshake, 'not-tls')
      const isForProof = hello.asksForProof && this.proofFor !== undefined
      if (!isForProof && this.#certificates.choose(hello.serverName) === undefined) {
        return this.#refuse(handshake, hello.serverName === undefined ? 'no-server-name' : 'unknown-server-name')
      }
      socket.pause()
      socket.off('end', onEnd)
      socket.unshift(early)
      if (isForProof) void this.#prove(handshake, hello.serverName ?? '')
      else this.#shakeHands(handshake, hello)
    }
    const onEnd = (): void => { socket.destroy() }
    socket.on('data', onData)
    socket.on('end', onEnd)
  }

  #shakeHands (handshake: Handshake, { serverName, offersSession }: ClientHello): void {
    handshake.cancelTurn = this.#limit.take(offersSession, (isPaid) => {
      handshake.isFree = !isPaid
      this.servers.for(serverName).emit('connection', handshake.socket)
    })
  }

  #onSecure (socket: TLSSocket, policy: ClientPolicy): void {
    socket.on('error', ignore)
    const ends = endsOf(socket)
    const handshake = this.#pending.get(ends)
    const isResumed = socket.isSessionReused()
    this.handshakes[isResumed ? 'resumed' : 'full']++
    if (!isResumed && handshake?.isFree === true) this.#limit.charge()
    // It has been given up meanwhile.
    if (handshake === undefined || handshake.failure !== undefined) {
      socket.destroy()
      return
    }
    if (!isAcceptable(socket, policy)) return this.#refuseClient(handshake, socket)
    this.#forget(ends, handshake)
    noteEnforced(socket, policy)
    if (handshake.stated !== undefined) stateEnds(socket, handshake.stated)
    if (socket.alpnProtocol === 'h2') this.#listener.serveHttp2(socket, handshake.socket, [])
    else this.#listener.serve(socket, handshake.socket)
  }

  /** Shows a CA the certificate of its challenge, and ends (RFC 8737 section 3). */
  async #prove (handshake: Handshake, serverName: string): Promise<void> {
    const { socket } = handshake
    const pair = await this.proofFor?.(serverName).catch(ignore)
    if (socket.destroyed) return
    if (!pair) return this.#refuse(handshake, 'unknown-server-name')
    const secureContext = createSecureContext({ ...this.#context, ...pair })
    const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: [proofProtocol] })
    secure.on('error', (error: NodeJS.ErrnoException) => { handshake.failure ??= reasonOf(error) })
    secure.once('secure', () => {
      handshake.isProof = true
      secure.end()
    })
  }

  #forget (ends: string, { cancelTimeout }: Handshake): void {
    cancelTimeout()
    this.#pending.delete(ends)
  }

  #fail (handshake: Handshake, failure: HandshakeFailure): void {
    handshake.failure = failure
    handshake.socket.destroy()
  }

  #refuse (handshake: Handshake, failure: HandshakeFailure): void {
    handshake.failure = failure
    handshake.socket.write(unrecognizedName)
    endAfterWrites(handshake.socket, this.#listener.clock)
  }

  /** Nothing that it says is read as HTTP. */
  #refuseClient (handshake: Handshake, socket: TLSSocket): void {
    handshake.failure = 'client-certificate'
    if (socket.alpnProtocol !== 'h2') socket.write(refusalText(new ClientCertificateError()))
    linger(socket, this.#listener.clock)
  }

  #answerPlainHttp (handshake: Handshake): void {
    handshake.failure = 'plain-http'
    handshake.socket.write(refusalText(new PlainHttpError()))
    linger(handshake.socket, this.#listener.clock)
  }

  #count (failure: HandshakeFailure): void {
    increment(this.failures, failure)
  }
}

function endsOf ({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

function isAcceptable (socket: TLSSocket, { auth }: ClientPolicy): boolean {
  return auth === 'none' || socket.authorized || (auth === 'optional' && socket.getPeerX509Certificate() === undefined)
}
