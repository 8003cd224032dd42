import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startApache, type Apache } from './apache.ts'
import { noise } from './noise.ts'
import { program } from './program.ts'
import { runWell } from './run.ts'
import { tempDir } from './temp-dir.ts'
import { ways, type Way } from './ways.ts'

const mebibytes = 50
const files = 5

test(`git pushes and clones a repository of ${mebibytes} MiB, directly and through the gateway`, { timeout: 300_000 }, async (t) => {
  const source = await createRepository(tempDir(t))
  const head = await headOf(source)

  const direct = await pushAndClone(t, 'directly', source)
  const gateway = await pushAndClone(t, 'through the gateway', source)

  assert.equal(direct.head, head)
  assert.equal(gateway.head, head)
  assert.deepEqual(gateway.requests, direct.requests)
  assert.ok(gateway.requests.includes('POST HOST/git/pushed.git/git-receive-pack 200 chunked -'), 'the pack came in chunks')
  t.diagnostic(`same HEAD ${head}, clones pass git fsck, same requests seen by Apache: ${gateway.requests.join(', ')}`)
})

async function createRepository (dir: string): Promise<string> {
  await git(dir, 'init', '--quiet', '--initial-branch=main')
  for (let i = 0; i < files; i++) writeFileSync(join(dir, `noise-${i}.bin`), noise(mebibytes * 2 ** 20 / files, i))
  await git(dir, 'add', '.')
  await git(dir, 'commit', '--quiet', '--message=Noise')
  return dir
}

/** Pushes `source` to an empty repository behind a fresh Apache, and clones it from there. */
async function pushAndClone (t: TestContext, way: Way, source: string) {
  const apache = await startGitServer(t)
  const base = await ways[way](t, apache.url)
  const url = `${base}/git/pushed.git`
  const clone = join(tempDir(t), 'clone')

  const pushed = await git(source, 'push', '--quiet', url, 'main')
  const cloned = await git(source, 'clone', '--quiet', '--branch=main', url, clone)
  await git(clone, 'fsck', '--full', '--strict')
  t.diagnostic(`${way}: pushed in ${Math.round(pushed.durationMs)} ms, cloned in ${Math.round(cloned.durationMs)} ms`)
  return { head: await headOf(clone), requests: await apache.end(base) }
}

function startGitServer (t: TestContext): Promise<Apache> {
  const directives = `
ScriptAlias /git/ ${program('git-http-backend')}/
SetEnv GIT_HTTP_EXPORT_ALL
SetEnv GIT_PROJECT_ROOT \${ROOT}`
  return startApache(t, directives, async (root) => {
    const bare = join(root, 'pushed.git')
    mkdirSync(bare)
    await git(bare, 'init', '--quiet', '--bare')
    await git(bare, 'config', 'http.receivepack', 'true')
  })
}

async function headOf (repository: string): Promise<string> {
  return (await git(repository, 'rev-parse', 'HEAD')).stdout.trim()
}

function git (cwd: string, ...args: string[]) {
  return runWell(program('git'), args, {
    cwd,
    env: { ...identity, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
    timeoutMs: 120_000
  })
}

const identity = {
  GIT_AUTHOR_NAME: 'Evenkeel',
  GIT_AUTHOR_EMAIL: 'test@evenkeel.invalid',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Evenkeel',
  GIT_COMMITTER_EMAIL: 'test@evenkeel.invalid',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z'
}
