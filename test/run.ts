// Runs all tests: writes a file for each group that imports its test files, and hands these to `node --test`, with the arguments given.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupsOf, testFiles } from './groups.ts'

const folder = join(import.meta.dirname, '../test-groups')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
const paths = groupsOf(testFiles()).map(({ name, files }) => {
  const path = join(folder, `${name}.js`)
  writeFileSync(path, ['ends-by-itself.js', ...files].map((file) => `import '../test/${file}'\n`).join(''))
  return path
})
const { status } = spawnSync(process.execPath, ['--test', ...process.argv.slice(2), ...paths], { stdio: 'inherit' })
process.exit(status ?? 1)
