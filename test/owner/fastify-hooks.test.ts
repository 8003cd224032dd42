import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { sameOnBothFastifies, type Note } from '../helpers/both-servers.ts'

const get = 'GET /own HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const post = 'POST /own HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'

const before = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
const after = ['preSerialization', 'onSend'] as const

function addAll (app: FastifyInstance, note: Note, isAsync: boolean): void {
  const names = [...before, ...after, 'onResponse']
  for (const name of names) {
    if (isAsync) app.addHook(name as 'onRequest', async () => { note(name) })
    else if (name === 'onRequest' || name === 'onResponse' || name === 'preValidation' || name === 'preHandler') {
      app.addHook(name as 'onRequest', (_request, _reply, done) => {
        note(name)
        done()
      })
    } else {
      app.addHook(name as 'onSend', (_request, _reply, payload, done) => {
        note(name)
        done(null, payload)
      })
    }
  }
}

for (const isAsync of [true, false]) {
  test(`${isAsync ? 'async hooks' : 'hooks with callbacks'} run in their order, on a GET and on a POST`, async (t) => {
    for (const request of [get, post]) {
      const { responses, notes } = await sameOnBothFastifies(t, (app, note) => {
        addAll(app, note, isAsync)
        app.all('/own', async (request) => ({ method: request.method, body: request.body ?? null }))
      }, request)
      assert.match(responses[0]?.body ?? '', /"method":"(?:GET|POST)"/)
      assert.deepEqual(notes, [...before, ...after, 'onResponse'])
    }
  })
}

for (const name of before) {
  for (const isAsync of [true, false]) {
    test(`reply.send in ${isAsync ? 'an async' : 'a callback'} ${name} hook answers in place of the route`, async (t) => {
      const { responses, notes } = await sameOnBothFastifies(t, (app, note) => {
        if (isAsync) app.addHook(name as 'onRequest', async (_request, reply) => reply.code(202).header('x-by', name).send('short'))
        else app.addHook(name as 'onRequest', (_request, reply) => { reply.code(202).header('x-by', name).send('short') })
        app.addHook('onSend', async (_request, _reply, payload) => { note('onSend', payload) })
        app.addHook('onResponse', async (_request, reply) => { note('onResponse', reply.statusCode) })
        app.all('/own', async () => { note('route') })
      }, post)
      assert.deepEqual([responses[0]?.status, responses[0]?.body, notes], ['HTTP/1.1 202 Accepted', 'short', ['onSend short', 'onResponse 202']])
    })

    test(`an error of ${isAsync ? 'an async' : 'a callback'} ${name} hook reaches onError and the error handler`, async (t) => {
      const { responses, notes } = await sameOnBothFastifies(t, (app, note) => {
        const error = Object.assign(new Error('no'), { statusCode: 418 })
        if (isAsync) app.addHook(name as 'onRequest', async () => { throw error })
        else if (name === 'preParsing') app.addHook(name, (_request, _reply, _payload, done) => { done(error) })
        else app.addHook(name as 'onRequest', (_request, _reply, done) => { done(error) })
        app.addHook('onError', async (_request, _reply, thrown) => { note('onError', thrown.message) })
        app.addHook('onResponse', async (_request, reply) => { note('onResponse', reply.statusCode) })
        app.setErrorHandler((thrown: Error, _request, reply) => { reply.code(418).send({ was: thrown.message }) })
        app.all('/own', async () => { note('route') })
      }, post)
      assert.deepEqual([responses[0]?.body, notes], ['{"was":"no"}', ['onError no', 'onResponse 418']])
    })
  }
}

for (const name of after) {
  test(`an error of an ${name} hook is a 500`, async (t) => {
    const { responses } = await sameOnBothFastifies(t, (app) => {
      let hasThrown = false
      app.addHook(name as 'onSend', async (_request, _reply, payload) => {
        if (hasThrown) return payload
        hasThrown = true
        throw new Error('late')
      })
      app.all('/own', async () => ({ a: 1 }))
    }, get)
    assert.match(responses[0]?.status ?? '', / 500 /)
  })
}

test('an onSend hook changes payload, headers and status', async (t) => {
  const { responses } = await sameOnBothFastifies(t, (app) => {
    app.addHook('onSend', async (_request, reply, payload) => {
      reply.code(203).header('x-size', String(payload).length)
      return String(payload).toUpperCase()
    })
    app.get('/own', async () => 'payload')
  }, get)
  assert.deepEqual([responses[0]?.body, responses[0]?.status.slice(9, 12), responses[0]?.headers.includes('x-size: 7')], ['PAYLOAD', '203', true])
})

test('a preParsing hook replaces the body', async (t) => {
  const { responses } = await sameOnBothFastifies(t, (app) => {
    app.addHook('preParsing', async (_request, _reply, payload) => {
      const { Transform } = await import('node:stream')
      const changed = new Transform({ transform (chunk: Buffer, _encoding, done) { done(null, chunk.toString().replace('1', '2')) } })
      return payload.pipe(Object.assign(changed, { receivedEncodedLength: 7 }))
    })
    app.post('/own', async ({ body }) => body)
  }, post)
  assert.equal(responses[0]?.body, '{"a":2}')
})

test('onRequestAbort is called when the client leaves, and onResponse is not', async (t) => {
  for (const request of [get, post, 'POST /own HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nhalf']) {
    const { notes } = await sameOnBothFastifies(t, (app, note) => {
      app.addHook('onRequestAbort', async (request) => { note('aborted', request.url) })
      app.addHook('onResponse', async () => { note('onResponse') })
      app.all('/own', async () => await new Promise(() => {}))
    }, (socket) => {
      socket.write(request)
      setTimeout(() => { socket.resetAndDestroy() }, 50)
    })
    // Fastify tells of those whose request was not whole, or not read.
    assert.deepEqual(notes, request === post ? [] : ['aborted /own'])
  }
})

test('onTimeout is called when the connection has been silent for as long as the owner says', async (t) => {
  const { notes } = await sameOnBothFastifies(t, (app, note) => {
    app.addHook('onTimeout', async (request) => { note('onTimeout', request.url) })
    app.get('/own', async (request) => {
      request.raw.setTimeout(30)
      await new Promise(() => {})
    })
  }, get)
  assert.deepEqual(notes, ['onTimeout /own'])
})

test('the signal of a request is aborted when its client leaves', async (t) => {
  const { notes } = await sameOnBothFastifies(t, (app, note) => {
    app.get('/own', { handlerTimeout: 5000 }, async ({ signal }) => {
      await new Promise((resolve) => { signal.addEventListener('abort', resolve) })
      note('aborted')
    })
  }, (socket) => {
    socket.write(get)
    setTimeout(() => { socket.resetAndDestroy() }, 50)
  })
  assert.deepEqual(notes, ['aborted'])
})

test('a handler that takes too long is answered with 503', async (t) => {
  const { responses } = await sameOnBothFastifies(t, (app) => {
    app.get('/own', { handlerTimeout: 30 }, async () => await new Promise(() => {}))
  }, get)
  assert.match(responses[0]?.status ?? '', / 503 /)
})
