import assert from 'node:assert/strict'
import type { write } from 'node:fs'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { LogDestination } from '../../src/observe/log-destination.ts'
import { safeText } from '../../src/observe/log-escapes.ts'
import { TerminalLog } from '../../src/observe/terminal-log.ts'
import { FakeClock } from '../helpers/clock.ts'

/** C0 and C1 controls, DEL, separators of lines, and format characters, of which some turn the direction of text round. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const nasty = [
  '\x1b[2J', '\x9b31m', '\x7f', '\b\b\b', '\r', '\0', '\x07', '\x85', '\u2028', '\u2029', '\u202e', '\u2066', '\u200b', '\ufeff',
  '\u{e0041}', '\ud800', '\\', '\\\\', '"', '\\u001b', '\\\\u001b', '"stack":"', '","stack":"\x9b', 'é', '日'
]
const anyPart = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 5 }))
const anyText = fc.array(anyPart, { maxLength: 6 }).map((parts) => parts.join(''))

/** The same cases in every run. */
const sameCases = { seed: 1, numRuns: 300 }

/** Where a text of a client may stand in a line of the log. */
const anyLine = fc.record({ path: anyText, key: anyText, nested: anyText, message: anyText, msg: anyText })
type Done = (error: null, written: number) => void
type Line = typeof anyLine extends fc.Arbitrary<infer T> ? T : never

function log (destination: { write (line: string): void }, { path, key, nested, message, msg }: Line): void {
  const error = Object.assign(new Error(message), { stack: `Error: ${message}\n    at first\n    at second`, detail: nested })
  const logger = pino({}, destination)
  logger.info({ path, client: path, [`key${key}`]: key, attempts: [{ backend: nested }] }, `said ${msg}`)
  logger.error({ err: error, nested: { [`key${key}`]: nested } }, 'request failed')
}

async function onTerminal (line: Line): Promise<string> {
  let shown = ''
  const terminal = new TerminalLog(new Writable({ write (piece, _encoding, done) { shown += String(piece); done() } }))
  log(terminal, line)
  await terminal.end()
  return shown
}

test('nothing that was logged reaches a terminal but as text, and none of it looks like a line of its own', async () => {
  await fc.assert(fc.asyncProperty(anyLine, async (line) => {
    const shown = await onTerminal(line)
    assert.doesNotMatch(shown.replaceAll('\n', ''), unsafe)
    assert.equal(shown.split('\n').filter((text) => /^[^ ]/.test(text)).length, 2, shown)
  }), sameCases)
})

test('a terminal shows what was escaped, and the lines of a stack', async () => {
  const shown = await onTerminal({ path: '/\x1b[2J\x9b31m\u202e', key: '', nested: 'a\r\nb', message: 'no\x1b[2J', msg: 'hi\nthere' })
  assert.match(shown, /"path":"\/\\u001b\[2J\\u009b31m\\u202e"/)
  assert.match(shown, /"backend":"a\\r\\nb"/)
  assert.match(shown, /INFO.*: said hi\\nthere /)
  assert.match(shown, /Error: no\\u001b\[2J\n +at first\n +at second/)
})

test('the log in JSON shows nothing unsafe, and parses to what was logged', () => {
  fc.assert(fc.property(anyLine, (line) => {
    let bytes = ''
    const clock = new FakeClock()
    const writeAll = (_fd: number, chunk: Buffer, _offset: number, length: number, _at: null, done: Done): void => {
      bytes += String(chunk)
      done(null, length)
    }
    const destination = new LogDestination({ fd: -1, clock, onLost: () => {}, write: writeAll as unknown as typeof write })
    const logged: string[] = []
    log({ write: (text) => { logged.push(text); destination.write(text) } }, line)
    clock.advance(50)
    const lines = bytes.split('\n').slice(0, -1)
    for (const text of lines) assert.doesNotMatch(text, unsafe)
    assert.deepEqual(lines.map((text) => JSON.parse(text)), logged.map((text) => JSON.parse(text)))
  }), sameCases)
})

test('a text that goes to a terminal by itself is one line without commands', () => {
  assert.equal(safeText('a\x1b[2J\nb\x9b\u2028é'), 'a\\u001b[2J\\u000ab\\u009b\\u2028é')
})
