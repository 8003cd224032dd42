import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONTENT_LENGTH, END_TO_END, FORWARDED, HOST, LOOK_ALIKE, TE, headerKind, kindAt, kindOfName } from '../../src/http/header-kind.ts'

const names: Record<string, number> = {
  Host: HOST,
  HOST,
  host: HOST,
  'Content-Length': CONTENT_LENGTH,
  'content-lengtH': CONTENT_LENGTH,
  TE,
  te: TE,
  'X-Real-IP': FORWARDED,
  FORWARDED,
  X_Real_IP: LOOK_ALIKE,
  'X_Real-IP': LOOK_ALIKE,
  content_length: LOOK_ALIKE,
  EVENKEEL_EXPLAIN: LOOK_ALIKE,
  Hosts: END_TO_END,
  Hos: END_TO_END,
  hust: END_TO_END,
  'h-st': END_TO_END,
  'Content-Langth': END_TO_END,
  'X-Forwarded-By': END_TO_END,
  _: END_TO_END,
  t: END_TO_END,
  'a-name-that-is-longer-than-all-that-are-special': END_TO_END,
  'x-real~ip': END_TO_END,
  'x-real\x7fip': END_TO_END
}

for (const [name, kind] of Object.entries(names)) {
  test(`${JSON.stringify(name)} is of the same kind as a string and as bytes`, () => {
    const bytes = Buffer.from(`x: y\r\n${name}: z`, 'latin1')
    assert.deepEqual([kindOfName(name), kindAt(bytes, 6, 6 + name.length)], [kind, kind])
  })
}

test('each kind has its word', () => {
  assert.deepEqual(['a', 'keep-alive', 'upgrade', 'x-forwarded-proto', 'x_real_ip', 'expect'].map(headerKind), [
    'end-to-end', 'hop-by-hop', 'hop-by-hop', 'forwarded', 'look-alike', 'end-to-end'
  ])
})
