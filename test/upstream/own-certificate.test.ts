import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { listen } from '../helpers/backend.ts'
import { caCertificate, signed, untrusted } from '../helpers/certificate.ts'
import { client, clientCa } from '../helpers/client-certificates.ts'
import { send } from '../helpers/client.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

/** A backend that takes only clients whose certificates the CA of the tests' clients has signed, and says who asks. */
async function startStrictBackend (t: TestContext): Promise<string> {
  const options = { ...signed, ca: [clientCa, untrusted.cert], requestCert: true, rejectUnauthorized: true }
  const server = createServer(options, (req, res) => {
    res.end(encodeURI(String((req.socket as TLSSocket).getPeerX509Certificate()?.subject)))
  })
  const port = await listen(server)
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `https://localhost:${port}`
}

async function writeFiles (): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, text] of [['ca', caCertificate], ['own', client.cert], ['own-key', client.key]] as const) {
    writeFileSync(join(folder, `${name}.pem`), text)
  }
  return folder
}

function fileFor (url: string, folder: string, own = `cert: ${folder}/own.pem, key: ${folder}/own-key.pem`): string {
  return `services: { default: { backends: ['${url}'], tls: { ca: ${folder}/ca.pem, ${own} } } }`
}

test('a backend that asks who the gateway is gets the certificate of its service, for requests and checks', async (t) => {
  const url = await startStrictBackend(t)
  const folder = await writeFiles()
  const gateway = await startWithFile(t, fileFor(url, folder))
  assert.match((await send(gateway.url)).body, /CN=J%C3%BCrgen$/)
  const without = await startWithFile(t, fileFor(url, folder, 'verify: true'))
  assert.equal((await send(without.url)).status, 503)
})

test('a certificate that is replaced is shown by new connections, and one whose key is not there yet changes nothing', async (t) => {
  const url = await startStrictBackend(t)
  const folder = await writeFiles()
  const clock = new FakeClock()
  const { app, url: gatewayUrl } = await startWithFile(t, fileFor(url, folder), { HEALTH_CHECK_INTERVAL_MS: '3600000' }, { clock })
  const stateIs = (state: string) => until(state, () => {
    clock.advance(1000)
    return app.configFile.state.state === state
  })
  writeFileSync(join(folder, 'own.pem'), untrusted.cert)
  await stateIs('refused')
  assert.match(app.configFile.state.problems.join(), /services\.default\.tls\.cert cannot be used: the key does not match/)
  assert.match((await send(gatewayUrl)).body, /CN=J%C3%BCrgen$/)
  writeFileSync(join(folder, 'own-key.pem'), untrusted.key)
  await stateIs('in-force')
  assert.equal((await send(gatewayUrl)).body, 'CN=localhost')
})

test('a certificate without a key is a problem of the file', async (t) => {
  const folder = await writeFiles()
  const url = 'https://localhost:1'
  await assert.rejects(startWithFile(t, fileFor(url, folder, `cert: ${folder}/own.pem`)), /needs both of the keys cert and key/)
  await assert.rejects(startWithFile(t, fileFor(url, folder, `cert: ${folder}/own.pem, key: ${folder}/own.pem`)),
    /tls\.key is .*own\.pem, which holds no private key/)
})
