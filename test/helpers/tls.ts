import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { AppOptions } from '../../src/app.ts'
import { readCertificate, type Certificate, type CertificatePair } from '../../src/downstream/tls/certificate.ts'
import { Certificates } from '../../src/downstream/tls/certificates.ts'
import { TlsListener, type TlsListenerOptions } from '../../src/downstream/tls/tls-listener.ts'
import { echo, startListener, type Heard, type Settings, type StartedListener } from './listener.ts'
import { signed, signedForAnother } from './certificate.ts'
import { useProcesses, workers, type AnyGateway } from './any-gateway.ts'
import { startGateway, type TestGateway } from './gateway.ts'

export function certificateOf (name: string, pair: CertificatePair): Certificate {
  const read = readCertificate(name, pair)
  if (typeof read === 'string') throw new Error(read)
  return read
}

export interface StartedTls extends StartedListener {
  readonly tls: TlsListener
  readonly tlsPort: number
}

/** A listener with another one for TLS, with certificates for localhost and elsewhere.test. */
export async function startTls (
  t: TestContext,
  { handle = echo, settings = {}, defaultName = '', ...options }:
    { handle?: (heard: Heard) => void, settings?: Settings, defaultName?: string } & Partial<TlsListenerOptions> = {}
): Promise<StartedTls> {
  const started = await startListener(t, handle, settings)
  const certificates = new Certificates()
  certificates.replace([certificateOf('here', signed), certificateOf('elsewhere', signedForAnother)], defaultName)
  const tls = new TlsListener({ listener: started.listener, certificates, context: {}, ...options })
  tls.listen(0, '127.0.0.1')
  await once(tls, 'listening')
  return { ...started, tls, tlsPort: (tls.address() as AddressInfo).port }
}

/** Resolves with the connection after its handshake; rejects if that fails. Certificates are not verified. */
export async function connectTls (t: TestContext, port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  t.after(() => { socket.destroy() })
  await once(socket, 'secureConnect')
  socket.on('error', () => {})
  return socket
}

/** Says this and resolves with all that comes until the end. */
export async function exchange (socket: TLSSocket, text: string): Promise<string> {
  let heard = ''
  socket.on('data', (bytes) => { heard += String(bytes) })
  socket.write(text)
  await once(socket, 'close')
  return heard
}

/** A gateway with a TLS listener, and certificates in a folder of the test's own: `here` for localhost, and `elsewhere`. */
export async function startTlsGateway (
  t: TestContext, settings: Record<string, string>, options: Partial<AppOptions> = {}
): Promise<TestGateway & { readonly folder: string, readonly tlsPort: number }> {
  const folder = certificatesFolder(t)
  const gateway = await startGateway(t, { TLS_PORT: '0', TLS_CERTIFICATES: folder, ...settings }, options)
  const { tls } = gateway.app
  await tls?.listen('127.0.0.1')
  return { ...gateway, folder, tlsPort: (tls?.server.address() as AddressInfo).port }
}

/** The same for tests that talk to it by sockets alone, see `startAnyGateway`. */
export async function startAnyTlsGateway (
  t: TestContext, settings: Record<string, string>
): Promise<AnyGateway & { readonly tlsPort: number }> {
  if (workers === undefined) return await startTlsGateway(t, settings)
  const { tlsPort = 0, ...gateway } = await useProcesses(workers, { TLS_PORT: '0', TLS_CERTIFICATES: certificatesFolder(t), ...settings })
  return { ...gateway, tlsPort }
}

function certificatesFolder (t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-tls-'))
  t.after(() => { rmSync(folder, { recursive: true, force: true }) })
  writePair(folder, 'here', signed)
  writePair(folder, 'elsewhere', signedForAnother)
  return folder
}

export function writePair (folder: string, name: string, { cert, key }: CertificatePair): void {
  writeFileSync(join(folder, `${name}.crt`), cert)
  writeFileSync(join(folder, `${name}.key`), key)
}
