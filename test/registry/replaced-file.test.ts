import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ReplacedFile } from '../../src/registry/replaced-file.ts'
import { temporaryFolder } from '../helpers/server-process.ts'

interface Opened {
  readonly file: ReplacedFile
  readonly news: string[]
}

function openFile (path: string): Opened {
  const news: string[] = []
  return { news, file: new ReplacedFile(path, { onConflict: () => { news.push('conflict') }, onInPlace: () => { news.push('in place') } }) }
}

async function pathIn (): Promise<string> {
  return join(await temporaryFolder(), 'kept.json')
}

test('two writers of one file never fail, and whoever reads it meanwhile finds it whole', async () => {
  const path = await pathIn()
  const writers = [openFile(path), openFile(path)]
  const load = { isOver: false }
  const reading = (async () => {
    let reads = 0
    for (; !load.isOver; reads++) JSON.parse(await readFile(path, 'utf8').catch(() => '{}'))
    return reads
  })()
  await Promise.all(writers.map(async ({ file }, who) => {
    for (let i = 0; i < 60; i++) await file.write(JSON.stringify({ who, filler: 'x'.repeat(who * 50_000) }))
  })).finally(() => { load.isOver = true })
  assert.ok(await reading > 10)
  assert.deepEqual(await readdir(join(path, '..')), ['kept.json'])
  assert.ok(writers.some(({ news }) => news.includes('conflict')))
})

test('a link that lies at a name which could be guessed is not followed', async () => {
  const path = await pathIn()
  const victim = join(path, '..', 'victim')
  await writeFile(victim, 'mine')
  for (const name of [`${path}.new`, `${path}.tmp`, `${path}~`, join(path, '..', '.kept.json.new')]) await symlink(victim, name)
  await openFile(path).file.write('{}')
  assert.equal(await readFile(victim, 'utf8'), 'mine')
  assert.equal(await readFile(path, 'utf8'), '{}')
})

test('a new file is for its owner only; that of one that is there stays as it is', async () => {
  const path = await pathIn()
  await openFile(path).file.write('{}')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  const other = `${path}.other`
  await writeFile(other, '{}', { mode: 0o640 })
  await openFile(other).file.write('{}')
  assert.equal((await stat(other)).mode & 0o777, 0o640)
})

for (const [what, link, target] of [
  ['a link', 'data/real.json', 'data/real.json'],
  ['a link in a linked folder', 'linked/../top.json', 'top.json'],
  ['a link that leads nowhere yet', 'data/later/real.json', 'data/later/real.json']
] as const) {
  test(`${what} is written through, and stays`, async () => {
    const path = await pathIn()
    const folder = join(path, '..')
    await mkdir(join(folder, 'data'))
    await symlink('data', join(folder, 'linked'))
    if (!link.includes('later')) await writeFile(join(folder, target), 'old')
    await symlink(link, path)
    const { file, news } = openFile(path)
    assert.equal(await file.read(), link.includes('later') ? undefined : 'old')
    await file.write('new')
    await file.write('newer')
    assert.equal(await readlink(path), link)
    assert.equal(await readFile(join(folder, target), 'utf8'), 'newer')
    assert.equal(await file.read(), 'newer')
    assert.deepEqual(news, [])
  })
}

test('links that lead to each other are an error that says so', async () => {
  const path = await pathIn()
  await symlink(`${path}.b`, path)
  await symlink(path, `${path}.b`)
  const { file } = openFile(path)
  await assert.rejects(file.read(), /too many symbolic links/)
  await assert.rejects(file.write('{}'), /too many symbolic links/)
})

test('a file that somebody else has written, or removed, is noticed once for each change', async () => {
  const path = await pathIn()
  await writeFile(path, 'first')
  const { file, news } = openFile(path)
  await file.read()
  await file.write('a')
  await file.write('b')
  assert.deepEqual(news, [])
  await writeFile(path, 'somebody else')
  await file.write('c')
  await file.write('d')
  assert.deepEqual(news, ['conflict'])
  await rm(path)
  await file.write('e')
  await file.write('f')
  assert.deepEqual(news, ['conflict', 'conflict'])
  assert.equal(await readFile(path, 'utf8'), 'f')
})

test('what writers that were killed have left is removed when it is old, and nothing else is', async () => {
  const path = await pathIn()
  const folder = join(path, '..')
  const [old, young, other] = [`.kept.json.${'a'.repeat(24)}.new`, `.kept.json.${'b'.repeat(24)}.new`, `.other.json.${'c'.repeat(24)}.new`]
  for (const name of [old, young, other, '.kept.json.notes.new']) await writeFile(join(folder, name), '')
  for (const name of [old, other, '.kept.json.notes.new']) await utimes(join(folder, name), 1, 1)
  await openFile(path).file.read()
  assert.deepEqual((await readdir(folder)).sort(), [young, other, '.kept.json.notes.new'].sort())
})

test('a write that fails leaves nothing behind', async () => {
  const path = await pathIn()
  await mkdir(path)
  await assert.rejects(openFile(path).file.write('{}'), { code: /EISDIR|ENOTEMPTY|EEXIST/ } as never)
  assert.deepEqual(await readdir(join(path, '..')), ['kept.json'])
})

const program = (path: string): string => `
  import { ReplacedFile } from ${JSON.stringify(new URL('../../src/registry/replaced-file.js', import.meta.url).href)}
  const listener = { onConflict () { console.log('conflict') }, onInPlace () { console.log('in place') } }
  const file = new ReplacedFile(${JSON.stringify(path)}, listener)
  console.log(await file.read())
  await file.write('something longer than before')
  await file.write('short')
  console.log(await file.read())
`

for (const [what, mounts] of [
  ['that is mounted as a single file', 'mount --bind "$1" "$2"'],
  ['that is mounted as a single file into a folder that is read-only', 'mount --bind -o ro "$3" "$3" && mount --bind "$1" "$2"']
] as const) {
  test(`a file ${what} is written in place`, async (t) => {
    const [path, source] = [await pathIn(), await pathIn()]
    await writeFile(path, '')
    await writeFile(source, 'before')
    // The mount is seen by this process alone, and gone with it.
    const script = `${mounts} || exit 77; exec "$0" --input-type=module -e "$4"`
    const words = [process.execPath, source, path, join(path, '..'), program(path)]
    const { status, stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, ...words], { encoding: 'utf8' })
    if (status === null || status === 77 || stderr.startsWith('unshare:')) return t.skip(`nothing can be mounted here: ${stderr}`)
    assert.equal(stdout, 'before\nin place\nshort\n', stderr)
    assert.equal(await readFile(source, 'utf8'), 'short')
  })
}
