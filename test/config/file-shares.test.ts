import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesFor, shareFiles } from '../../src/config/file-shares.ts'

for (const [maxFiles, shares] of [
  [120, { reserve: 40, admin: 15, clients: 32 }],
  [256, { reserve: 40, admin: 32, clients: 92 }],
  [1024, { reserve: 128, admin: 128, clients: 384 }],
  [65_536, { reserve: 8192, admin: 4096, clients: 26_624 }],
  [1_048_576, { reserve: 131_072, admin: 4096, clients: 456_704 }],
  [undefined, { reserve: 0, admin: 4096, clients: Infinity }]
] as const) {
  test(`of ${maxFiles ?? 'nobody knows how many'} files, clients may have ${shares.clients} connections`, () => {
    assert.deepEqual(shareFiles(maxFiles), shares)
  })
}

test('there is a file for each client, its connection to a backend, the admin listener\'s share and the reserve', () => {
  for (let maxFiles = 48; maxFiles < 200_000; maxFiles += 1 + Math.floor(maxFiles / 50)) {
    const shares = shareFiles(maxFiles)
    assert.ok(shares.clients >= 1 && shares.admin >= 1)
    const needed = filesFor(shares.clients, shares)
    assert.ok(needed <= maxFiles && needed >= maxFiles - 1, `${needed} of ${maxFiles}`)
  }
})

test('however few files there are, one client and one connection to the admin listener are let in', () => {
  for (const maxFiles of [0, 1, 30, 47]) {
    assert.deepEqual([shareFiles(maxFiles).clients >= 1, shareFiles(maxFiles).admin >= 1], [true, true])
  }
})
