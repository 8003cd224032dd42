import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { newEntry } from '../../src/registry/store.ts'
import { buildApp } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { fails, passes } from '../helpers/service.ts'

const info = 30
const warn = 40
const error = 50

/** An application with these backends, whose checks are the test's, and the lines that it logs about them. */
async function startLogged (t: TestContext, names: string[], settings: Record<string, string> = {}) {
  const log = memoryLog()
  const BACKENDS = names.map((name) => `http://127.0.0.1:1;name=${name}`.replace(':1;', `:${names.indexOf(name) + 1};`)).join(',')
  const app = await buildApp(t, { BACKENDS, HEALTH_CHECK_FALL: '1', HEALTH_CHECK_RISE: '1', ...settings }, { logger: log.logger })
  let seen = log.lines().length
  /** Lines since the last call. */
  const fresh = (): Array<[number, string, unknown]> => {
    const lines = log.lines().slice(seen)
    seen += lines.length
    return lines.map(({ level, msg, inRotation }) => [level, msg, inRotation])
  }
  const service = app.services.default
  const backends = service.backends()
  return { app, service, backends, log, fresh }
}

function failOften (
  service: { acquireFrom(backend: Backend): { settle(outcome: 'backend-failure', failure: 'reset'): void } | undefined },
  backend: Backend
): void {
  for (let i = 0; i < 5; i++) service.acquireFrom(backend)?.settle('backend-failure', 'reset')
}

test('a backend that goes down is a warning, and one that comes back is information', async (t) => {
  const { service, backends: [a, b], fresh } = await startLogged(t, ['a', 'b'])
  assert.ok(a && b)
  passes(service, a, b)
  fails(service, a)
  passes(service, a)
  assert.deepEqual(fresh(), [
    [info, 'backend is healthy', 1],
    [info, 'backend is healthy', 2],
    [warn, 'backend is unhealthy', 1],
    [info, 'backend is healthy', 2]
  ])
})

test('a backend whose first check fails is a warning', async (t) => {
  const { service, backends: [a, b], fresh } = await startLogged(t, ['a', 'b'])
  assert.ok(a && b)
  passes(service, a)
  fails(service, b)
  assert.deepEqual(fresh(), [[info, 'backend is healthy', 1], [warn, 'backend is unhealthy', 1]])
})

test('an ejection is a warning', async (t) => {
  const { service, backends: [a, b], fresh } = await startLogged(t, ['a', 'b'])
  assert.ok(a && b)
  passes(service, a, b)
  fresh()
  failOften(service, a)
  assert.deepEqual(fresh(), [[warn, 'backend is ejected', 1]])
})

test('no backend left in rotation is an error, once, and one that is there again is information', async (t) => {
  const { service, backends: [a, b], fresh } = await startLogged(t, ['a', 'b'])
  assert.ok(a && b)
  passes(service, a, b)
  fails(service, a)
  fresh()
  fails(service, b, b, a)
  assert.deepEqual(fresh(), [[warn, 'backend is unhealthy', 0], [error, 'no backend is left in rotation', undefined]])
  passes(service, b, a)
  assert.deepEqual(fresh(), [
    [info, 'backend is healthy', 1],
    [info, 'a backend is in rotation again', 1],
    [info, 'backend is healthy', 2]
  ])
})

test('no backend left is an error also where an operator has taken the last one out, or it has left', async (t) => {
  const { app, service, backends: [a], fresh } = await startLogged(t, ['a'])
  const [entry] = app.registry.snapshot()
  assert.ok(a && entry)
  passes(service, a)
  fresh()
  app.registry.put({ ...entry, desiredState: 'maintenance' }, 'an operator')
  assert.deepEqual(fresh(), [[info, 'backend is maintenance', 0], [error, 'no backend is left in rotation', undefined]])
  app.registry.put(entry, 'an operator')
  fresh()
  app.registry.remove(a.id, 'removed')
  assert.deepEqual(fresh(), [[info, 'backend has left', 0], [error, 'no backend is left in rotation', undefined]])
})

test('first checks that all fail are an error, and a start without backends is none', async (t) => {
  const { service, backends: [a, b], fresh } = await startLogged(t, ['a', 'b'])
  assert.ok(a && b)
  fails(service, a, b)
  assert.deepEqual(fresh().filter(([level]) => level === error), [[error, 'no backend is left in rotation', undefined]])
  const { log } = await startLogged(t, [])
  assert.deepEqual(log.lines().filter(({ level }) => level === error), [])
})

test('the first check of a backend that is alone is an error where it fails', async (t) => {
  const { service, backends: [a], fresh } = await startLogged(t, ['a'])
  assert.ok(a)
  fails(service, a)
  assert.deepEqual(fresh().filter(([level]) => level === error), [[error, 'no backend is left in rotation', undefined]])
})

test('backends that are not checked yet are not counted as in rotation', async (t) => {
  const { app, service, backends: [a], log, fresh } = await startLogged(t, ['a', 'b'])
  assert.ok(a)
  app.registry.put(newEntry({ url: 'http://127.0.0.1:9', name: 'c', weight: 1 }, 'registered'), 'registered')
  assert.deepEqual(fresh(), [[info, 'backend has joined', 0]])
  passes(service, a)
  assert.deepEqual(fresh(), [[info, 'backend is healthy', 1]])
  assert.deepEqual(service.events.history.map((event) => event.type === 'config' ? undefined : event.inRotation), [0, 0, 0, 1])
  assert.deepEqual(log.lines().filter(({ level }) => level > info), [])
})
