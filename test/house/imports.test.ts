import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Seen from dist/test/house/. */
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Where each file of a folder imports from, types included, as paths from the root. */
function importsOf (folder: string): Array<{ file: string, from: string }> {
  const files = readdirSync(`${root}${folder}`, { encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`)
  assert.ok(files.length > 0)
  return files.flatMap((file) => [...readFileSync(`${root}${file}`, 'utf8').matchAll(/ from '(\.[^']+)'/g)]
    .map(([, from]) => ({ file, from: normalize(join(dirname(file), from as string)) })))
}

test('src/base imports nothing else of the project: it is the ground floor', () => {
  assert.deepEqual(importsOf('src/base').filter(({ from }) => !from.startsWith('src/base/')), [])
})

test('evenkeel/client imports little: it runs in other people\'s backends', () => {
  const allowed = /^src\/(?:client|base)\//
  assert.deepEqual(importsOf('src/client').filter(({ from }) => !allowed.test(from)), [])
})
