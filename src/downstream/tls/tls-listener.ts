import { Server, type Socket } from 'node:net'
import { createSecureContext, createServer, TLSSocket, type SecureContextOptions, type Server as TlsServer } from 'node:tls'
import { PlainHttpError } from '../../errors.ts'
import { ignore } from '../ignore.ts'
import { endAfterWrites, linger } from '../lingering.ts'
import { refusalText } from '../http1/refusal.ts'
import type { Listener, SideListener } from '../listener.ts'
import type { CertificatePair } from './certificate.ts'
import type { Certificates } from './certificates.ts'
import { proofProtocol, readClientHello } from './client-hello.ts'
import { reasonOf, type HandshakeFailure } from './handshake-failures.ts'
import { secureDefaults } from './secure-defaults.ts'
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
}

/** A connection until its handshake is done. */
interface Handshake {
  readonly socket: Socket
  readonly cancelTimeout: () => void
  failure: HandshakeFailure | undefined
  /** Its client is a CA, which has seen what it came for. */
  isProof: boolean
}

/** Takes connections by TLS, and gives them to the listener when they have got as far as HTTP. */
export class TlsListener extends Server implements SideListener {
  readonly failures = new Map<HandshakeFailure, number>()
  /** What proves to a CA that this is the server of a name (RFC 8737); undefined: no CA has been asked to look. */
  proofFor: ((serverName: string) => Promise<CertificatePair | undefined>) | undefined
  readonly #listener: Listener
  readonly #certificates: Certificates
  readonly #context: SecureContextOptions
  readonly #tls: TlsServer
  #ticketKeys: Buffer | undefined
  /** By the ends of their connections, which is all that TLS has in common with what is below it. */
  readonly #pending = new Map<string, Handshake>()

  constructor ({ listener, certificates, context }: TlsListenerOptions) {
    super({ allowHalfOpen: true })
    this.#listener = listener
    this.#certificates = certificates
    this.#context = { ...secureDefaults, ...context }
    this.#tls = createServer({
      ...this.#context,
      ALPNProtocols: listener.speaksHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      SNICallback: (serverName, done) => {
        const certificate = certificates.choose(serverName)
        if (certificate === undefined) done(new Error('no certificate for this name'))
        else done(null, certificate.context)
      }
    })
    this.#tls.on('secureConnection', (socket) => { this.#onSecure(socket) })
    this.#tls.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      socket.on('error', ignore)
      const handshake = this.#pending.get(endsOf(socket))
      if (handshake !== undefined) handshake.failure ??= reasonOf(error)
    })
    this.on('connection', (socket: Socket) => { if (listener.admit(socket)) this.#begin(socket) })
    listener.serveAlso(this)
  }

  get pending (): number {
    return this.#pending.size
  }

  closePending (): void {
    for (const { socket } of this.#pending.values()) socket.destroy()
  }

  /** Takes the certificate that is the default now for clients that name no server. */
  useDefault (pair: CertificatePair | undefined): void {
    this.#tls.setSecureContext({ ...this.#context, ...pair })
    if (this.#ticketKeys !== undefined) this.#tls.setTicketKeys(this.#ticketKeys)
  }

  /** Tickets of before are no longer taken: their clients make a full handshake. */
  useTicketKeys (keys: Buffer): void {
    this.#ticketKeys = keys
    this.#tls.setTicketKeys(keys)
  }

  #begin (socket: Socket): void {
    socket.on('error', ignore)
    const ends = endsOf(socket)
    const handshake: Handshake = {
      socket,
      failure: undefined,
      isProof: false,
      cancelTimeout: this.#listener.clock.after(handshakeTimeoutMs, () => { this.#fail(handshake, 'timeout') })
    }
    this.#pending.set(ends, handshake)
    socket.once('close', () => {
      if (this.#pending.get(ends) !== handshake) return
      this.#forget(ends, handshake)
      if (!handshake.isProof) this.#count(handshake.failure ?? 'client-left')
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
      else this.#tls.emit('connection', socket)
    }
    const onEnd = (): void => { socket.destroy() }
    socket.on('data', onData)
    socket.on('end', onEnd)
  }

  #onSecure (socket: TLSSocket): void {
    socket.on('error', ignore)
    const ends = endsOf(socket)
    const handshake = this.#pending.get(ends)
    // It has been given up meanwhile.
    if (handshake === undefined || handshake.failure !== undefined) {
      socket.destroy()
      return
    }
    this.#forget(ends, handshake)
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
