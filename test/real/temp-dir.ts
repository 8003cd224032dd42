import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { atEnd } from './at-end.ts'

/** A directory that goes when the test ends. Others may enter it, as Apache's workers do when root runs the test. */
export function tempDir (t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'evenkeel-'))
  chmodSync(dir, 0o755)
  atEnd(t, () => { rmSync(dir, { recursive: true, force: true, maxRetries: 3 }) })
  return dir
}
