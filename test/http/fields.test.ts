import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../src/http/fields.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { fc } from '../helpers/property.ts'

/** As a parser makes them of these lines. */
function parsed (lines: string): Fields {
  const parser = new RequestParser()
  parser.readHead(Buffer.from(`GET /a HTTP/1.1\r\n${lines}\r\n`, 'latin1'), 0)
  return parser.request?.head.fields ?? assert.fail('the head is not whole')
}

const lines =
  'Host: h\r\nX-A: 1\r\ncookie: a=1\r\n' +
  'x-a:\t2 \r\nCookie: b=2\r\nVia: 1.1 a\r\nVIA:1.1 b\r\nEmpty:\r\nX_Real_IP: 6\r\nX-High: caf\xe9\xa0\r\n'
const raw = [
  'Host', 'h', 'X-A', '1', 'cookie', 'a=1', 'x-a', '2', 'Cookie', 'b=2', 'Via', '1.1 a', 'VIA', '1.1 b', 'Empty', '', 'X_Real_IP', '6',
  'X-High', 'caf\xe9\xa0'
]

for (const [how, fields] of [['a parser', parsed(lines)], ['strings', Fields.from(raw)]] as const) {
  test(`fields of ${how} are counted, and read back in their order, case and bytes`, () => {
    assert.equal(fields.count, 10)
    assert.deepEqual(fields.toRaw(), raw)
  })

  test(`a field of ${how} is found by its lower-case name, several lines joined`, () => {
    const found = Object.fromEntries(
      [
        'host', 'x-a', 'cookie', 'via', 'empty', 'x_real_ip', 'x-high', 'x', 'x-real-ip', 'x-aa', 'hos'
      ].map((name) => [name, fields.get(name)])
    )
    assert.deepEqual(found, {
      host: 'h',
      'x-a': '1, 2',
      cookie: 'a=1; b=2',
      via: '1.1 a, 1.1 b',
      empty: '',
      x_real_ip: '6',
      'x-high': 'caf\xe9\xa0',
      x: undefined,
      'x-real-ip': undefined,
      'x-aa': undefined,
      hos: undefined
    })
  })
}

test('what a request says before and after its fields is none of them', () => {
  const fields = parsed('A: b\r\n')
  assert.equal(fields.get('get /a http/1.1\r\na'), undefined)
  assert.deepEqual(fields.toRaw(), ['A', 'b'])
})

test('no fields are the same as none', () => {
  assert.equal(Fields.from([]), Fields.none)
  assert.deepEqual([Fields.none.count, Fields.none.toRaw(), Fields.none.get('a')], [0, [], undefined])
})

test('toRaw gives a new list each time', () => {
  const fields = Fields.from(['A', 'b'])
  fields.toRaw().push('C', 'd')
  assert.deepEqual(fields.toRaw(), ['A', 'b'])
})

test('values lose the blanks of HTTP around them, and no others', () => {
  assert.deepEqual(Fields.from(['A', ' \tb c\t', 'D', '\xa0e\xa0']).toRaw(), ['A', 'b c', 'D', '\xa0e\xa0'])
})

for (const name of ['', 'a b', 'a:', 'a\r\nb', 'caf\xe9', 'a\0', '\u212aeep-alive']) {
  test(`the name ${JSON.stringify(name)} cannot be sent`, () => {
    assert.throws(
      () => Fields.from(['ok', 'yes', name, 'v']), (error) => error instanceof TypeError && error.message.includes(JSON.stringify(name))
    )
  })
}

for (const value of ['a\r\nB: c', 'a\nb', 'a\rb', '\0', '\x7f', '\x1b', '\u20ac']) {
  test(`the value ${JSON.stringify(value)} cannot be sent`, () => {
    assert.throws(() => Fields.from(['X-Name', value]), (error) => error instanceof TypeError && error.message.includes('X-Name'))
  })
}

test('a value that is no string cannot be sent', () => {
  for (const value of [undefined, 7]) assert.throws(() => Fields.from(['X-Name', value as unknown as string]), TypeError)
})

const specialNames = ['host', 'connection', 'Via', 'TE', 'X-Forwarded-For', 'X_Forwarded_For', 'content-length', 'date', 'Expect', 'cookie']
const name = fc.oneof(fc.constantFrom(...specialNames), fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/))
const value = fc.stringMatching(/^(?:[\x21-\x7e\x80-\xff]{1,8}){0,3}$/)

test('a parser marks the same lines as strings do', () => {
  fc.assert(fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (pairs) => {
    const made = Fields.from(pairs.flat())
    const section = made.text.slice(made.start, made.end)
    let read: Fields
    try {
      read = parsed(section)
    } catch {
      return // framing that is none
    }
    const shifted = read.marks.map((place, i) => i % 5 === 0 ? place : place - read.start)
    assert.deepEqual(shifted, made.marks)
    assert.deepEqual(read.toRaw(), made.toRaw())
  }))
})
