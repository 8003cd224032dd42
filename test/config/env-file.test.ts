import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEnvFile } from '../../src/config/env-file.ts'

function read (text: string): Record<string, string> {
  return Object.fromEntries(parseEnvFile(Buffer.from(text), '.env').map(({ name, value }) => [name, value]))
}

const values: ReadonlyArray<[title: string, text: string, expected: Record<string, string>]> = [
  ['plain values, without the blanks around them', 'A=1\n B = two words \n', { A: '1', B: 'two words' }],
  ['an empty value', 'A=\nB=""\n', { A: '', B: '' }],
  ['export in front', 'export A=1', { A: '1' }],
  ['comments and empty lines', '# A=0\n\n  # more\nA=1 # one\nB= # none', { A: '1', B: '' }],
  ['a # within a value', 'A=a#b\nB="a # b" # c', { A: 'a#b', B: 'a # b' }],
  ['single quotes, literally', "A='a\\n\"b\" # c'", { A: 'a\\n"b" # c' }],
  ['double quotes, with escapes', 'A="a\\n\\"b\\" \\\\ \\d"', { A: 'a\n"b" \\ \\d' }],
  ['values of several lines', 'A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
  ['lines that end as on Windows', 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ['a byte order mark, which is skipped', '\ufeffA=1\nB=2', { A: '1', B: '2' }],
  ['an equals sign in a value', 'A=b=c==', { A: 'b=c==' }]
]

for (const [title, text, expected] of values) {
  test(`reads ${title}`, () => { assert.deepEqual(read(text), expected) })
}

const wrong: ReadonlyArray<[title: string, bytes: Buffer, message: string]> = [
  ['a line without an equals sign', Buffer.from('A=1\njust garbage\nB=2'), '.env:2: this line is not of the form NAME=value'],
  ['a colon instead of an equals sign', Buffer.from('LOG_LEVEL: debug\nB=2'), '.env:1: write LOG_LEVEL=value, not LOG_LEVEL: value'],
  ['a name with a dash', Buffer.from('LOG-LEVEL=debug'), '.env:1: this line is not of the form NAME=value'],
  ['a quote that is not closed', Buffer.from('A=1\nB="two\nC=3\n'), '.env:2: the value of B has no closing "'],
  ['text after a quote', Buffer.from('A="1" 2'), '.env:1: there is text after the closing " of A'],
  ['a name that is set twice', Buffer.from('A=1\nB=2\nA=3'), '.env:3: A is already set in line 1'],
  ['UTF-16', Buffer.from('\ufeffA=1', 'utf16le'), '.env:1: the file is not UTF-8 text (UTF-16?); save it as UTF-8'],
  ['UTF-16 without a mark', Buffer.from('A=1', 'utf16le'), '.env:1: the file is not UTF-8 text (UTF-16?); save it as UTF-8'],
  ['latin1', Buffer.from('A=1\nB=\xe9\n', 'latin1'), '.env:2: this line is not UTF-8; save the file as UTF-8']
]

for (const [title, bytes, message] of wrong) {
  test(`refuses ${title}, and names the line`, () => {
    assert.throws(() => parseEnvFile(bytes, '.env'), { name: 'OperatorError', message })
  })
}
