import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { shortenLine } from '../../src/observe/shorten-line.ts'
import { fc } from '../helpers/property.ts'

const program = fileURLToPath(new URL('../helpers/log-program.js', import.meta.url))
const writers = ['a', 'b', 'c']
const linesEach = 3000

interface Line { readonly writer: string, readonly number: number, readonly text: string, readonly length: number }

/** What several processes have logged to the same stdout, read slowly. */
async function readShared (t: { after: (end: () => void) => void }, pipe: string): Promise<string[]> {
  const all = writers.map((writer) => `"$0" "$1" ${writer} ${linesEach} &`).join(' ')
  const shell = spawn('sh', ['-c', `(${all} wait)${pipe}`, process.execPath, program], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => { shell.kill() })
  const exited = once(shell, 'exit')
  let text = ''
  shell.stdout.setEncoding('utf8')
  for await (const part of shell.stdout) {
    text += part as string
    await setImmediate()
  }
  assert.deepEqual(await exited, [0, null])
  return text.split('\n').slice(0, -1)
}

for (const [what, pipe] of [['pipe', ' | cat'], ['socket', '']] as const) {
  test(`lines that several processes log to one ${what} are whole, those longer than 4096 bytes shortened`, async (t) => {
    const next = new Map(writers.map((writer) => [writer, 0]))
    let shortened = 0
    for (const line of await readShared(t, pipe)) {
      const { writer, number, text, length } = JSON.parse(line) as Line
      assert.equal(number, next.get(writer), 'all lines of a writer come, in order')
      next.set(writer, number + 1)
      assert.ok(Buffer.byteLength(line) < 4096)
      if (text.endsWith('…')) shortened++
      else assert.equal(text.length, length)
    }
    assert.deepEqual([...next.values()], writers.map(() => linesEach))
    assert.ok(shortened > 0)
  })
}

test('a line that is shortened keeps all but the end of its longest strings', () => {
  const path = `/${'p'.repeat(9000)}`
  const line = `${JSON.stringify({ level: 30, time: 1, path, attempts: [{ backend: 'a', durationMs: 1.5 }], msg: 'request' })}\n`
  const shortened = shortenLine(line, 4096)
  assert.deepEqual(JSON.parse(shortened), { ...JSON.parse(line) as object, path: `${path.slice(0, 2048)}…` })
})

test('whatever is logged, a shortened line is short enough, an object on one line, and never cut within a character', () => {
  const unit = fc.constantFrom('a', '"', '\n', '\u0001', 'é€', 'a😀', '\u2028', '\u202e')
  const text = fc.tuple(unit, unit, fc.nat(5000)).map(([first, each, times]) => first + each.repeat(times))
  const value = fc.oneof(text, fc.integer(), fc.array(fc.oneof(text, fc.record({ reason: text })), { maxLength: 60 }))
  const fields = fc.dictionary(fc.string({ minLength: 1, maxLength: 30 }), value, { maxKeys: 30 })
  fc.assert(fc.property(fields, fc.boolean(), (logged, isJson) => {
    const json = JSON.stringify({ level: 30, time: 1, ...logged, msg: 'message' })
    const shortened = shortenLine(`${isJson ? json : json.slice(1)}\n`, 4096)
    assert.ok(Buffer.byteLength(shortened) <= 4096, `${Buffer.byteLength(shortened)} bytes`)
    assert.equal(shortened.indexOf('\n'), shortened.length - 1)
    const parsed = JSON.parse(shortened) as Record<string, unknown>
    if (isJson) assert.deepEqual([parsed['level'], parsed['msg']], [30, 'message'])
    assert.equal(Buffer.from(shortened).toString(), shortened, 'no half of a pair')
  }))
})
