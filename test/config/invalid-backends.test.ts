import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'

function start (BACKENDS: string): Promise<unknown> {
  return createApp({ env: { BACKENDS } })
}

const invalid: [value: string, message: string][] = [
  ['10.0.0.1:3000', 'BACKENDS=10.0.0.1:3000 is not valid: expected a url such as http://10.0.0.1:3000'],
  ['http://a:3000,http://b:99999', 'BACKENDS=http://b:99999 is not valid: expected a url such as http://10.0.0.1:3000'],
  ['http://a:0', 'BACKENDS=http://a:0 is not valid: port 0 cannot be connected to'],
  ['http://a,', 'BACKENDS=http://a, is not valid: entry 2 of 2 is empty; remove a comma'],
  ['http://a,,http://b', 'BACKENDS=http://a,,http://b is not valid: entry 2 of 3 is empty; remove a comma'],
  [
    'http://a/api',
    'BACKENDS=http://a/api is not valid: the url of a backend must end after the port; request paths are passed through unchanged'
  ],
  [
    'http://a?x=1',
    'BACKENDS=http://a?x=1 is not valid: the url of a backend must end after the port; request paths are passed through unchanged'
  ],
  ['http://a,http://b,http://a:80', 'BACKENDS=http://a is not valid: this url is listed twice'],
  ['http://a;name=x,http://b;name=x', 'BACKENDS=x is not valid: this name is listed twice'],
  ['http://a;weight=0', 'BACKENDS=http://a;weight=0 is not valid: weight "0" is not an integer from 1 to 1000'],
  ['http://a;weight=1001', 'BACKENDS=http://a;weight=1001 is not valid: weight "1001" is not an integer from 1 to 1000'],
  ['http://a;weight=1.5', 'BACKENDS=http://a;weight=1.5 is not valid: weight "1.5" is not an integer from 1 to 1000'],
  ['http://a;weight=1;weight=2', 'BACKENDS=http://a;weight=1;weight=2 is not valid: the attribute "weight" is set twice'],
  [
    'http://a;wieght=2',
    'BACKENDS=http://a;wieght=2 is not valid: unknown attribute "wieght"; ' +
    'expected one of weight, name, zone, backup, proto, sendProxy, check, checkService, checkPath, checkPort, checkHost, checkStatus'
  ],
  ['http://a;backup=yes', 'BACKENDS=http://a;backup=yes is not valid: backup "yes" is neither true nor false'],
  ['http://a;zone=', 'BACKENDS=http://a;zone= is not valid: zone "" is not 1 to 64 letters, digits, ".", "_", ":" or "-"'],
  ['http://a;check=udp', 'BACKENDS=http://a;check=udp is not valid: check "udp" is none of http, tcp and grpc'],
  ['http://a;proto=h2', 'BACKENDS=http://a;proto=h2 is not valid: proto "h2" is not for http://; for HTTP/2 without TLS, write h2c://'],
  ['h2c://a;proto=http/1.1', 'BACKENDS=h2c://a;proto=http/1.1 is not valid: proto "http/1.1" contradicts h2c://, which is HTTP/2'],
  [
    'http://a;check=grpc',
    'BACKENDS=http://a;check=grpc is not valid: ' +
    'check "grpc" needs a backend that speaks HTTP/2: h2c://, or proto "h2" with https:// or unix:'
  ],
  ['http://a;sendProxy=v3', 'BACKENDS=http://a;sendProxy=v3 is not valid: sendProxy "v3" is none of v1, v2 and none'],
  [
    'h2c://a;sendProxy=v1;check=grpc',
    'BACKENDS=h2c://a;sendProxy=v1;check=grpc is not valid: ' +
    'sendProxy "v1" is not for backends that speak HTTP/2: its connections carry the requests of many clients'
  ],
  [
    'https://a;proto=h2;sendProxy=v2',
    'BACKENDS=https://a;proto=h2;sendProxy=v2 is not valid: ' +
    'sendProxy "v2" is not for backends that speak HTTP/2: its connections carry the requests of many clients'
  ],
  ['http://a;checkService=x', 'BACKENDS=http://a;checkService=x is not valid: checkService is for check "grpc"'],
  [
    'h2c://a;check=grpc;checkPath=/',
    'BACKENDS=h2c://a;check=grpc;checkPath=/ is not valid: checkPath and checkStatus are not for check "grpc"'
  ],
  ['http://a;checkPath=x', 'BACKENDS=http://a;checkPath=x is not valid: checkPath "x" is not a path that starts with "/"'],
  ['http://a;checkPort=0', 'BACKENDS=http://a;checkPort=0 is not valid: checkPort "0" is not an integer from 1 to 65535'],
  ['http://a;checkHost=a b', 'BACKENDS=http://a;checkHost=a b is not valid: checkHost "a b" is not a host'],
  [
    'http://a;checkStatus=300-200',
    'BACKENDS=http://a;checkStatus=300-200 is not valid: checkStatus "300-200" is neither a status nor a range such as 200-299'
  ],
  [
    'http://a;toString=2',
    'BACKENDS=http://a;toString=2 is not valid: unknown attribute "toString"; ' +
    'expected one of weight, name, zone, backup, proto, sendProxy, check, checkService, checkPath, checkPort, checkHost, checkStatus'
  ],
  ['http://a;heavy', 'BACKENDS=http://a;heavy is not valid: "heavy" is not of the form key=value'],
  ['http://a;name=', 'BACKENDS=http://a;name= is not valid: name "" is not 1 to 64 letters, digits, ".", "_", ":" or "-"']
]

for (const [value, message] of invalid) {
  test(`BACKENDS=${value} is refused with a line that says what would do`, async () => {
    await assert.rejects(start(value), { name: 'SettingError', message })
  })
}

for (const [value, protocol] of [['ftp://x', 'ftp:'], ['localhost:3000', 'localhost:']] as const) {
  test(`BACKENDS=${value} is refused with a line that names the protocols of backends`, async () => {
    await assert.rejects(start(value), (error: Error) => {
      assert.ok(error.message.startsWith(`BACKENDS=${value} is not valid: "${protocol}" is not supported; expected http:`))
      return true
    })
  })
}

test('credentials in the url of a backend are refused and not repeated in the message', async () => {
  for (const url of ['http://operator:opensesame@a:3000', 'http://operator:open/sesame@a:3000']) {
    await assert.rejects(start(url), (error: Error) => {
      assert.match(error.message, /^BACKENDS=http:\/\/\(hidden\)@a:3000 is not valid: /)
      assert.doesNotMatch(error.message, /sesame/)
      return true
    })
  }
})

for (const value of ['http:/u:secret@h:80', 'u:secret@h:80', 'http:\\\\u:secret@h:80', 'http://u:se@cret@h:80']) {
  test(`credentials in BACKENDS=${value} are not repeated, though it is no url of a backend`, async () => {
    await assert.rejects(start(value), (error: Error) => {
      assert.doesNotMatch(error.message, /secret|cret@/)
      assert.match(error.message, /\(hidden\)@h/)
      return true
    })
  })
}
