import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDomains } from '../../src/acme/domains.ts'
import { AcmeStorage } from '../../src/acme/storage.ts'

test('server names are read in lower case, each once', () => {
  assert.deepEqual(parseDomains('Shop.example.com, api.example.com,shop.example.com'), ['shop.example.com', 'api.example.com'])
  assert.deepEqual(parseDomains('xn--bcher-kva.example'), ['xn--bcher-kva.example'])
})

const refused = [
  'localhost', 'a.test,', 'a..test', '-a.test', 'a_b.test', '../x.test', '10.0.0.1', 'bücher.example', `${'a'.repeat(64)}.test`
]

for (const setting of refused) {
  test(`ACME_DOMAINS=${setting} is refused`, () => {
    assert.match(parseDomains(setting) as string, /^expected server names such as /)
  })
}

test('a wildcard is refused with the reason', () => {
  assert.match(parseDomains('*.example.com') as string, /^wildcards need a challenge by DNS/)
})

test('each directory has a folder of its own, within the storage', () => {
  const folderOf = (url: string): string => new AcmeStorage('/data', url).folder
  assert.equal(folderOf('https://acme-v02.api.letsencrypt.org/directory'), '/data/acme-v02.api.letsencrypt.org-directory')
  assert.equal(folderOf('https://ca.internal:9000/acme/acme/directory/'), '/data/ca.internal-9000-acme-acme-directory')
  assert.equal(folderOf('https://ca.test/%2e%2e/../x'), '/data/ca.test-x')
})
