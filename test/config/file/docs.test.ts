import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readOf } from '../../helpers/config-file.ts'

const docs = new URL('../../../../docs/', import.meta.url)
const pages = ['../README.md', ...readdirSync(docs).filter((name) => name.endsWith('.md'))]

/** The configuration files of Evenkeel that a page shows; those of others have other keys. */
function filesIn (page: string): string[] {
  const blocks = [...readFileSync(new URL(page, docs), 'utf8').matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text)
  return blocks.filter((text) => /^(?:services|routes|registration):/m.test(text) && !/^ {2,}image:/m.test(text))
}

test('there are such files', () => {
  assert.ok(pages.flatMap(filesIn).length >= 3)
})

for (const page of pages) {
  for (const [i, text] of filesIn(page).entries()) {
    test(`the configuration file ${i + 1} in docs/${page} can be used`, () => {
      assert.ok(readOf(text).config !== undefined)
    })
  }
}
