import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { signedForAnother } from '../../helpers/certificate.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { memoryLog } from '../../helpers/log.ts'
import { temporaryFolder } from '../../helpers/server-process.ts'
import { connectTls, startTlsGateway, writePair } from '../../helpers/tls.ts'
import { until } from '../../helpers/until.ts'

async function writeFile (text: string): Promise<{ readonly folder: string, readonly file: string }> {
  const folder = await temporaryFolder()
  const file = join(folder, 'evenkeel.yaml')
  writeFileSync(file, text)
  mkdirSync(join(folder, 'certs'))
  return { folder, file }
}

function commonName (socket: TLSSocket): string {
  return String(socket.getPeerCertificate().subject.CN)
}

test('the file names certificates beside it, which take precedence over those of the environment', async (t) => {
  const { folder, file } = await writeFile('tls: { certificates: certs, defaultCertificate: other }')
  writePair(join(folder, 'certs'), 'other', signedForAnother)
  const { tlsPort } = await startTlsGateway(t, { CONFIG_FILE: file })
  assert.equal(commonName(await connectTls(t, tlsPort, { servername: 'localhost' })), 'elsewhere.test')
})

test('other certificates in the file come into force without a restart, and a list without a single one does not', async (t) => {
  const { folder, file } = await writeFile('services: {}')
  const { lines, logger } = memoryLog()
  const { tlsPort, app } = await startTlsGateway(t, { CONFIG_FILE: file }, { logger })
  writePair(join(folder, 'certs'), 'late', signedForAnother)
  writeFileSync(file, 'tls: { certificates: [{ cert: certs/late.crt, key: certs/late.key }], defaultCertificate: late }')
  await app.configFile.reload()
  await until('the new ones', () => app.tls?.certificates.default?.name === 'late')
  assert.equal(commonName(await connectTls(t, tlsPort, { servername: 'localhost' })), 'elsewhere.test')
  writeFileSync(file, 'tls: { certificates: nowhere }')
  await app.configFile.reload()
  await until('the word of it', () => lines().some(({ msg }) => msg === 'certificates refused: what was in force stays'))
  assert.equal(app.tls?.certificates.default?.name, 'late')
})

test('the default certificate alone may change', async (t) => {
  const { file } = await writeFile('services: {}')
  const { app } = await startTlsGateway(t, { CONFIG_FILE: file })
  assert.equal(app.tls?.certificates.choose('unknown.test'), undefined)
  writeFileSync(file, 'tls: { defaultCertificate: here }')
  await app.configFile.reload()
  await until('the default', () => app.tls?.certificates.choose('unknown.test')?.name === 'here')
})

test('a misspelt key and a host that is none are problems of the file, with their places', async (t) => {
  const { file } = await writeFile('tls:\n  hosts:\n    "a b": { clientAuth: require }\n  clientAuht: none\n')
  await assert.rejects(startTlsGateway(t, { CONFIG_FILE: file }), /evenkeel\.yaml:3:[^]*evenkeel\.yaml:4:[^]*clientAuth/)
})

test('what is said of TLS without TLS_PORT has no effect, and that is said', async (t) => {
  const { file } = await writeFile('tls: { clientAuth: none }')
  const { lines, logger } = memoryLog()
  await startGateway(t, { CONFIG_FILE: file, TLS_MIN_VERSION: '1.3' }, { logger })
  const said = lines().filter(({ msg }) => msg.includes('no effect without TLS_PORT'))
  assert.deepEqual(said.map(({ settings, file: named }) => settings ?? named), [['TLS_MIN_VERSION'], file])
})
