// Builds, unless dist/ was built of just these files. CI needs the same build for several commands, and each takes half a minute.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const note = 'dist/.built-of'
const folders = ['src', 'plugins', 'test', 'bench']

/** What the build depends on: each file with its size and the time of its last change. */
function inputs () {
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
    .filter((file) => !file.includes('node_modules'))
  const hash = createHash('sha256')
  for (const file of [...files, 'package.json', 'package-lock.json', 'tsconfig.json'].sort()) {
    const stat = statSync(file)
    if (stat.isFile()) hash.update(`${file} ${stat.size} ${stat.mtimeMs}\n`)
  }
  return hash.digest('hex')
}

function built () {
  try {
    return readFileSync(note, 'utf8')
  } catch {
    return undefined
  }
}

const now = inputs()
if (built() !== now) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(note, now)
}
