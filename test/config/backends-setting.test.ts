import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackendSpec } from '../../src/backends/spec.ts'
import { parseBackends } from '../../src/backends/backends-setting.ts'

function parsed (value: string): BackendSpec[] {
  const specs = parseBackends(value)
  assert.ok(!('problem' in specs))
  return specs
}

function read (value: string) {
  return parsed(value).map(({ url, name, weight }) => ({ url, name, weight }))
}

test('a backend is a url, which is its name too', () => {
  assert.deepEqual(read('http://10.0.0.1:3000'), [{ url: 'http://10.0.0.1:3000', name: '10.0.0.1:3000', weight: 1 }])
})

test('attributes follow the url, and spaces around the parts do not matter', () => {
  assert.deepEqual(read(' http://a:3000 ; weight = 5 ;name=left,https://b;name=right '), [
    { url: 'http://a:3000', name: 'left', weight: 5 },
    { url: 'https://b', name: 'right', weight: 1 }
  ])
})

test('an address of IPv6 is a host', () => {
  assert.deepEqual(read('http://[::1]:3000'), [{ url: 'http://[::1]:3000', name: '[::1]:3000', weight: 1 }])
})

test('an empty value means no backends', () => {
  assert.deepEqual(read(''), [])
  assert.deepEqual(read('  '), [])
})

test('a backend may have a zone, be a backup, and be checked in its own way', () => {
  const [spec] = parsed(
    'http://a;zone=eu-1;backup=true;check=http;checkPath=/up?x=1;checkPort=9000;checkHost=app.example;checkStatus=200-204'
  )
  assert.deepEqual({ ...spec, url: undefined, name: undefined }, {
    url: undefined,
    name: undefined,
    weight: 1,
    zone: 'eu-1',
    isBackup: true,
    healthCheck: { type: 'http', path: '/up?x=1', port: 9000, host: 'app.example', status: { first: 200, last: 204 } }
  })
})

test('a header of the PROXY protocol is said in either version', () => {
  const specs = parsed('http://a;sendProxy=v1,unix:/run/b.sock;sendProxy=v2,http://c;sendProxy=none,h2c://d;sendProxy=none')
  assert.deepEqual(specs.map(({ sendProxy }) => sendProxy), ['v1', 'v2', undefined, undefined])
})

test('HTTP/2 is said by the url or beside it, and checks may be by gRPC', () => {
  const specs = parsed('h2c://A:80;proto=h2;check=grpc;checkService=p.S,https://b;proto=h2,https://c;proto=http/1.1')
  assert.deepEqual(specs.map(({ url, protocol }) => [url, protocol]), [
    ['h2c://a', undefined], ['https://b', 'h2'], ['https://c', undefined]
  ])
  assert.deepEqual(specs[0]?.healthCheck, { type: 'grpc', service: 'p.S' })
})
