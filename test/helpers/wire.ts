import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { startAnyGateway, type AnyGateway } from './any-gateway.ts'
import { answers, startBackend, type TestBackend } from './backend.ts'
import { send } from './client.ts'

/** A gateway before one backend that answers `hello`, as an attacker finds it. */
export async function startTarget (
  t: TestContext,
  settings: Record<string, string> = {}
): Promise<{ backend: TestBackend; gateway: AnyGateway }> {
  const backend = await startBackend(t, answers('hello'))
  return { backend, gateway: await startAnyGateway(t, { BACKENDS: backend.url, ...settings }) }
}

/** Sends bytes and resolves with what came back until the gateway closed the connection, a reset included. */
export function attack (port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => { socket.write(bytes, 'latin1') })
    socket.setEncoding('latin1')
    socket.on('data', (piece) => { received += piece })
    socket.on('error', () => {})
    socket.on('close', () => { resolve(received) })
  })
}

/** A raw client's connection, open. */
export function openClient (t: TestContext, port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { resolve(socket) })
    socket.on('error', () => {})
    t.after(() => { socket.destroy() })
  })
}

/** The answer is the gateway's own: this status, the one shape, and nothing of the inside. */
export function assertRefused (received: string, statusCode: number, backend: { readonly port: number }): void {
  const [head = '', body = ''] = received.split('\r\n\r\n')
  assert.match(head, new RegExp(`^HTTP/1\\.1 ${statusCode} `), received)
  const { code, statusCode: told } = JSON.parse(body) as { code: string, statusCode: number }
  assert.equal(told, statusCode)
  assert.match(code, /^EVENKEEL_/)
  assert.ok(!received.includes(String(backend.port)) && !received.includes('node:'), received)
}

/** The process is well: the next request is answered by the backend. */
export async function assertServes ({ url }: AnyGateway): Promise<void> {
  assert.equal((await send(`${url}/next`)).body, 'hello')
}
