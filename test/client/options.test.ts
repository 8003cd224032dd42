import assert from 'node:assert/strict'
import { test } from 'node:test'
import createFastify from 'fastify'
import evenkeelClient, { register } from '../../src/client/fastify.ts'
import { checkOptions } from '../../src/client/options.ts'

for (const [options, message] of [
  [{}, /"gateway" is missing/],
  [{ gateway: [] }, /"gateway" is missing/],
  [{ gateway: 'localhost:5174' }, /gateway "localhost:5174" is not a url/],
  [{ gateway: ['http://a', 5] }, /gateway "5" is not a url/],
  [{ gateway: 'http://g/admin' }, /gateway "http:\/\/g\/admin" must be just http/],
  [{ gateway: 'http://me:secret@g' }, /gateway contains credentials/],
  [{ gateway: 'http://g', url: 'a' }, /url "a" is not a url/],
  [{ gateway: 'http://g', url: 'http://a/x' }, /url "http:\/\/a\/x" must be just http/],
  [{ gateway: 'http://g', url: 'http://a', token: 'two words' }, /"token" is not a valid token/],
  [{ gateway: 'http://g', url: 'http://a', token: '' }, /"token" is not a valid token/],
  [{ gateway: 'http://g', url: 'http://a', ttl: 5 }, /no option "ttl"/],
  [{ gateway: 'http://g', url: 'http://a', ttlMs: 99 }, /ttlMs 99 is not a number of milliseconds from 100/],
  [{ gateway: 'http://g', url: 'http://a', ttlMs: '5s' }, /ttlMs 5s/],
  [{ gateway: 'http://g', url: 'http://a', drainTimeoutMs: -1 }, /drainTimeoutMs -1/],
  [{ gateway: 'http://g', url: 'http://a', routes: ['/a'] }, /"routes" needs "service"/],
  [{ gateway: 'http://g', url: 'http://a', service: 's', routes: '/a' }, /"routes" is not an array/],
  [{ gateway: 'http://g' }, /"url" is missing/]
] as const) {
  test(`options ${JSON.stringify(options)} are refused`, () => {
    assert.throws(() => register(options as never), (error) => error instanceof TypeError && message.test(error.message))
  })
}

test('a wrong option stops the start of a Fastify backend', async () => {
  const app = createFastify()
  app.register(evenkeelClient, { gateway: 'g' })
  await assert.rejects(async () => { await app.ready() }, /gateway "g" is not a url/)
})

test('a token never stands in an error', () => {
  assert.throws(() => checkOptions({ gateway: 'http://g', token: 'sec ret' }), (error) => !(error as Error).message.includes('sec'))
})

test('the same gateway given twice is one', () => {
  assert.deepEqual(checkOptions({ gateway: ['http://g:5174', 'http://g:5174/', 'http://h'] }), ['http://g:5174', 'http://h'])
})
