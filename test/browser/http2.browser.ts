import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import type { Server } from 'node:http'
import { test, type TestContext } from 'node:test'
import { WebSocketServer } from 'ws'
import { signed } from '../helpers/certificate.ts'
import { writePair } from '../helpers/tls.ts'
import { atEnd } from '../real/at-end.ts'
import { openBrowser } from '../real/browser.ts'
import { tempDir } from '../real/temp-dir.ts'
import { startStage } from './stage.ts'

/** What the page is used for here, of what browsers have. */
declare const performance: { getEntriesByType (type: string): Array<{ name: string, nextHopProtocol: string }> }
declare class WebSocket {
  constructor (url: string)
  onmessage: (event: { data: string }) => void
  onerror: () => void
  send (text: string): void
  close (): void
}

/** Chromium trusts a certificate with this key, whoever has signed it, and no other that it would not trust anyway. */
function trusting (cert: string): string {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`
}

/** WebSockets at a backend: first they say by which protocols their handshake came, which the gateway adds to Via; then they echo. */
function acceptWebSockets (t: TestContext, server: Server): void {
  const sockets = new WebSocketServer({ server })
  atEnd(t, () => { for (const socket of sockets.clients) socket.terminate() })
  sockets.on('connection', (socket, { headers }) => {
    socket.send(String(headers.via))
    socket.on('message', (data) => { socket.send(data.toString()) })
  })
}

test('Chromium speaks HTTP/2 to three backends through the gateway, WebSockets included', async (t) => {
  const folder = tempDir(t)
  writePair(folder, 'here', signed)
  const settings = { TLS_PORT: '0', TLS_CERTIFICATES: folder, TLS_DEFAULT_CERTIFICATE: 'here' }
  const { gateway, servers } = await startStage(t, settings)
  for (const server of servers) acceptWebSockets(t, server)
  const { msg } = await gateway.line(/^TLS listener: /)
  const url = msg.replace('TLS listener: ', '')

  const page = await openBrowser(t, [trusting(signed.cert)])
  await page.goto(url)
  assert.match(await page.locator('body').innerText(), /^Hello from server (one|two|three)\n$/)

  const texts = await page.evaluate(async () => {
    const requests = Array.from({ length: 12 }, (_, number) => fetch(`/item/${number}`).then((response) => response.text()))
    return await Promise.all(requests)
  })
  const counts = ['one', 'two', 'three'].map((name) => texts.filter((text) => text === `Hello from server ${name}\n`).length)
  // Four each, but for the icon that Chromium may ask for meanwhile.
  assert.ok(counts.every((count) => count >= 3), String(counts))

  const protocols = await page.evaluate(() => ['navigation', 'resource'].flatMap((type) =>
    performance.getEntriesByType(type).map(({ name, nextHopProtocol }) => `${new URL(name).pathname} ${nextHopProtocol}`)))
  const asked = protocols.filter((entry) => !entry.startsWith('/favicon.ico '))
  assert.deepEqual(asked.sort(), ['/ h2', ...texts.map((_, number) => `/item/${number} h2`)].sort())

  const [via, echo] = await page.evaluate((address) => new Promise<string[]>((resolve, reject) => {
    const socket = new WebSocket(address)
    const messages: string[] = []
    socket.onerror = () => { reject(new Error('the WebSocket failed')) }
    socket.onmessage = ({ data }) => {
      messages.push(data)
      if (messages.length === 1) socket.send('hello')
      else {
        resolve(messages)
        socket.close()
      }
    }
  }), url.replace('https:', 'wss:'))
  assert.match(via ?? '', /^2 evenkeel/)
  assert.equal(echo, 'hello')
})
