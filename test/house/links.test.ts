import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Seen from dist/test/house/. */
const root = fileURLToPath(new URL('../../../', import.meta.url))

const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'bench/README.md', 'examples/grpc/README.md',
  ...readdirSync(`${root}docs`, { recursive: true }).map(String).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]

const maxColumns = 140
const maxReadmeLines = 150

function read (path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** What is no prose: code blocks, and code within a line. */
function withoutCode (text: string): string {
  return text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '')
}

/** Targets of links, pictures among them, but for those of other sites. */
function linksOf (text: string): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(
    ([, ofLink, ofTag]) => (ofLink ?? ofTag) as string
  )
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf (text: string): string[] {
  const headings = text.replace(/^```.*?^```$/gms, '').match(/^#+ .+$/gm) ?? []
  return headings.map((heading) => heading.replace(/^#+ /, '').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-'))
}

/** What is wrong with a link of this page, if anything is. */
function problemWith (target: string, page: string): string | undefined {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : relative(root, resolve(root, dirname(page), path))
  if (!existsSync(join(root, file))) return `${page}: there is no ${target}`
  return anchor === undefined || anchorsOf(read(file)).includes(anchor) ? undefined : `${page}: there is no heading for ${target}`
}

for (const page of pages) {
  test(`the relative links of ${page} lead somewhere`, () => {
    const problems = linksOf(read(page)).map((target) => problemWith(target, page)).filter((problem) => problem !== undefined)
    assert.deepEqual(problems, [])
  })
}

test('the pages of docs/ are all to be found from the README', () => {
  const found = new Set(['README.md'])
  for (const page of found) {
    for (const target of page.endsWith('.md') && existsSync(join(root, page)) ? linksOf(read(page)) : []) {
      found.add(relative(root, resolve(root, dirname(page), target.split('#')[0] as string)))
    }
  }
  assert.deepEqual(pages.filter((page) => page.startsWith('docs/') && !found.has(page)), [])
})

test('prose keeps to the width that code keeps to, and the README to one reading', () => {
  const tooLong = pages.filter((page) => page !== 'bench/README.md')
    .flatMap((page) => read(page).split('\n').map((line, i) => ({ line, where: `${page}:${i + 1}` })))
    .filter(({ line }) => line.length > maxColumns && !line.startsWith('|') && !/^\s*<img /.test(line) && !/^(?:\[|\{)/.test(line))
  assert.deepEqual(tooLong.map(({ where }) => where), [])
  assert.ok(read('README.md').split('\n').length <= maxReadmeLines + 1)
})

test('a link to nowhere is noticed', () => {
  assert.match(problemWith('nowhere.md', 'docs/settings.md') ?? '', /there is no nowhere\.md/)
  assert.match(problemWith('settings.md#nowhere', 'docs/settings.md') ?? '', /no heading/)
  assert.equal(problemWith('../README.md', 'docs/settings.md'), undefined)
  assert.deepEqual(linksOf('see [a](a.md#b), [c](https://c.example/) and `[d](d.md)`\n```\n[e](e.md)\n```\n'), ['a.md#b'])
})
