import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { CertificateStore } from '../../../src/downstream/tls/certificate-store.ts'
import { caCertificate, signed, signedForAnother, untrusted } from '../../helpers/certificate.ts'
import { writePair } from '../../helpers/tls.ts'

interface StartedStore {
  readonly folder: string
  readonly store: CertificateStore
}

/** A store over a folder of the test's own, in which `here` is for localhost. */
async function startStore (t: TestContext): Promise<StartedStore> {
  const above = mkdtempSync(join(tmpdir(), 'evenkeel-store-'))
  t.after(() => { rmSync(above, { recursive: true, force: true }) })
  const folder = join(above, 'certificates')
  mkdirSync(folder)
  writePair(folder, 'here', signed)
  const store = new CertificateStore(folder)
  assert.deepEqual(await store.look(true), { taken: ['here'], dropped: [], problems: [] })
  return { folder, store }
}

const inForce = ({ store }: StartedStore) => store.loaded.map(({ pair }) => pair.cert)
const quiet = { taken: [], dropped: [], problems: [] }

const halves: ReadonlyArray<readonly [what: string, pair: { readonly cert: string, readonly key: string }, problem: RegExp]> = [
  ['an empty certificate', { ...untrusted, cert: '' }, /certificate is not PEM/],
  ['half a certificate', { ...untrusted, cert: untrusted.cert.slice(0, 300) }, /certificate is not PEM/],
  ['a certificate without its last line', { ...untrusted, cert: untrusted.cert.slice(0, -30) }, /certificate is not PEM/],
  ['a chain that is cut', { ...untrusted, cert: untrusted.cert + caCertificate.slice(0, 300) }, /OpenSSL refuses it/],
  ['half a key', { ...untrusted, key: untrusted.key.slice(0, 100) }, /key is not PEM/],
  ['the new certificate before its key', { ...untrusted, key: signed.key }, /does not match/],
  ['the new key before its certificate', { ...untrusted, cert: signed.cert }, /does not match/]
]

for (const [what, pair, problem] of halves) {
  test(`${what} is said once, leaves what is in force, and the rest is taken when it comes`, async (t) => {
    const started = await startStore(t)
    writePair(started.folder, 'here', pair)
    const { taken, dropped, problems } = await started.store.look(true)
    assert.deepEqual([taken, dropped, problems.map(({ name }) => name)], [[], [], ['here']])
    assert.match(problems[0]?.problem ?? '', problem)
    assert.deepEqual(await started.store.look(true), quiet)
    assert.deepEqual(inForce(started), [signed.cert])
    writePair(started.folder, 'here', untrusted)
    assert.deepEqual((await started.store.look(true)).taken, ['here'])
    assert.deepEqual(inForce(started), [untrusted.cert])
  })
}

test('a pair that is being written is not read before it is still', async (t) => {
  const started = await startStore(t)
  const { folder, store } = started
  writeFileSync(join(folder, 'here.crt'), untrusted.cert.slice(0, 300))
  assert.deepEqual(await store.look(), quiet)
  writeFileSync(join(folder, 'here.crt'), untrusted.cert)
  assert.deepEqual(await store.look(), quiet)
  writeFileSync(join(folder, 'here.key'), untrusted.key)
  assert.deepEqual(await store.look(), quiet)
  assert.deepEqual(inForce(started), [signed.cert])
  assert.deepEqual((await store.look()).taken, ['here'])
})

test('a folder that is away is said once, drops nothing, and counts again when it is back', async (t) => {
  const started = await startStore(t)
  const { folder, store } = started
  renameSync(folder, `${folder}.away`)
  assert.equal((await store.look(true)).problems.length, 1)
  assert.deepEqual(await store.look(true), quiet)
  mkdirSync(folder)
  assert.deepEqual(await store.look(true), quiet)
  assert.deepEqual(inForce(started), [signed.cert])
  rmSync(folder, { recursive: true })
  renameSync(`${folder}.away`, folder)
  writePair(folder, 'other', signedForAnother)
  assert.deepEqual((await store.look(true)).taken, ['other'])
  rmSync(folder, { recursive: true })
  assert.equal((await store.look(true)).problems.length, 1)
})

test('links that are swapped at once, as Kubernetes does, are followed', async (t) => {
  const started = await startStore(t)
  const { folder, store } = started
  for (const end of ['crt', 'key']) rmSync(join(folder, `here.${end}`))
  const volume = (name: string, pair: typeof untrusted): void => {
    mkdirSync(join(folder, name))
    writePair(join(folder, name), 'here', pair)
    symlinkSync(name, join(folder, '..data.new'))
    renameSync(join(folder, '..data.new'), join(folder, '..data'))
  }
  volume('..1', signed)
  for (const end of ['crt', 'key']) symlinkSync(`..data/here.${end}`, join(folder, `here.${end}`))
  assert.deepEqual(await store.look(true), quiet)
  volume('..2', untrusted)
  rmSync(join(folder, '..1'), { recursive: true })
  assert.deepEqual((await store.look(true)).taken, ['here'])
  rmSync(join(folder, '..data'))
  assert.equal((await store.look(true)).problems.length, 1)
  assert.deepEqual(inForce(started), [untrusted.cert])
})

test('hidden files are none of it, such as the lock of an editor', async (t) => {
  const { folder, store } = await startStore(t)
  symlinkSync('somebody@host.1', join(folder, '.#here.crt'))
  writeFileSync(join(folder, '.crt'), '')
  assert.deepEqual(await store.look(true), quiet)
})

test('what is no file, or cannot be read, is a problem of its own only', async (t) => {
  const { folder, store } = await startStore(t)
  mkdirSync(join(folder, 'a.crt'))
  writeFileSync(join(folder, 'b.crt'), signed.cert)
  writePair(folder, 'other', signedForAnother)
  const { taken, problems } = await store.look(true)
  assert.deepEqual([taken, problems.map(({ name }) => name)], [['other'], ['a', 'b']])
})
