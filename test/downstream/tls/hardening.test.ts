import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { test, type TestContext } from 'node:test'
import { answers, startBackend } from '../../helpers/backend.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { shop } from '../../helpers/server-certificates.ts'
import { temporaryFolder } from '../../helpers/server-process.ts'

async function start (t: TestContext) {
  const folder = await temporaryFolder()
  for (const [ending, text] of [['crt', shop.chain], ['key', shop.key]] as const) writeFileSync(join(folder, `shop.${ending}`), text)
  const backend = await startBackend(t, answers('whole'))
  const { app } = await startGateway(t, { BACKENDS: backend.url, TLS_PORT: '0', TLS_CERTIFICATES: folder })
  await app.tls?.listen('127.0.0.1')
  const address = app.tls?.server.address() as { port: number }
  const options = { host: '127.0.0.1', port: address.port, servername: 'shop.example', rejectUnauthorized: false }
  return { options }
}

test('there is no second handshake on a connection', async (t) => {
  const { options } = await start(t)
  const socket = connect({ ...options, maxVersion: 'TLSv1.2' })
  await once(socket, 'secureConnect')
  const failed = once(socket, 'error')
  socket.renegotiate({ rejectUnauthorized: false }, () => {})
  const [error] = await failed
  socket.on('error', () => {}).destroy()
  assert.equal((error as NodeJS.ErrnoException).code, 'ERR_SSL_NO_RENEGOTIATION')
})

for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']) {
  test(`${ciphers}, without authenticated encryption, is not spoken`, async (t) => {
    const { options } = await start(t)
    const socket = connect({ ...options, maxVersion: 'TLSv1.2', ciphers })
    const [error] = await once(socket, 'error')
    assert.match(String((error as NodeJS.ErrnoException).code), /HANDSHAKE_FAILURE/)
  })
}

test('answers are whole for clients that take the end of the connection for the end of the body', async (t) => {
  const { options } = await start(t)
  const socket = connect(options)
  socket.write('GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n')
  let text = ''
  socket.setEncoding('latin1').on('data', (piece: string) => { text += piece })
  await once(socket, 'end') // by a close_notify, not by a cut
  assert.match(text, /^HTTP\/1\.1 200 [^]*whole$/)
})
