import assert from 'node:assert/strict'
import { createFileReader, lineOf, type FileReaderOptions, type ReadFile } from '../../src/config/file/read.ts'

const defaults: FileReaderOptions = { strategies: ['round-robin', 'least-latency'], env: {}, hasBackendsSetting: false, knowsHttps: true }

/** The lines that are said of a file that cannot be used. */
export function problemsIn (text: string, options: Partial<FileReaderOptions> = {}): string[] {
  const read = createFileReader({ ...defaults, ...options })(text)
  if (!('problems' in read)) assert.fail('the file can be used')
  return read.problems.map((problem) => lineOf('evenkeel.yaml', problem))
}

/** What a file says that can be used. */
export function readOf (text: string, options: Partial<FileReaderOptions> = {}): ReadFile {
  const read = createFileReader({ ...defaults, ...options })(text)
  if ('problems' in read) assert.fail(read.problems.map((problem) => lineOf('evenkeel.yaml', problem)).join('\n'))
  return read
}
