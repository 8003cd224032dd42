import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/admin/wire.ts'
import { linesOf, shownServices } from '../../src/dashboard/backend-groups.ts'
import { rowsOf } from '../../src/dashboard/backend-rows.ts'
import { aBackend, aSample, aService } from '../browser/wire-samples.ts'

const web = [aBackend('b1', { service: 'web' }), aBackend('b2', { service: 'web' })]
const api = [aBackend('b3', { service: 'api' }), aBackend('b4', { service: 'api', state: 'unhealthy', inRotation: false })]

/** What the table would show, in short: `> web 2/2` for a service that is closed, `v` for one that is open. */
function show (backends: readonly Backend[], names: readonly string[], isOpen = new Map<string, boolean>(), isFiltered = false): string[] {
  const services = names.map((name) => aService(name, backends))
  return linesOf(rowsOf(backends, [], 0), services, isOpen, isFiltered).map((line) => line.kind === 'row'
    ? line.row.backend.id
    : `${line.group.isOpen ? 'v' : '>'} ${line.group.service} ${line.group.inRotation}/${line.group.backends} ${line.group.tone}`)
}

test('one service has no heading, with the empty service default beside it as well', () => {
  assert.deepEqual(show(web, ['web']), ['b1', 'b2'])
  assert.deepEqual(show(web, ['default', 'web']), ['b1', 'b2'])
  assert.deepEqual(shownServices([aService('default', [])]).map(({ name }) => name), ['default'])
})

test('of several services those that are broken come first and are open, those that are well are closed', () => {
  const lines = show([...web, ...api], ['default', 'web', 'api', 'none'])
  assert.deepEqual(lines, ['v none 0/0 bad', 'v api 1/2 warning', 'b3', 'b4', '> web 2/2 good'])
})

test('what the reader has opened or closed stays so; a filter opens all and leaves out what has nothing', () => {
  const chosen = new Map([['web', true], ['api', false]])
  assert.deepEqual(show([...web, ...api], ['web', 'api'], chosen), ['> api 1/2 warning', 'v web 2/2 good', 'b1', 'b2'])
  assert.deepEqual(show(web, ['web', 'api'], chosen, true), ['v web 2/2 good', 'b1', 'b2'])
})

test('a failing discovery is worth a look', () => {
  const discovery = { by: 'DNS of web.test', ageMs: 1, problem: 'no name server has answered in time' }
  const services = [{ ...aService('web', web), discovery }, aService('api', api)]
  const [, , , line] = linesOf(rowsOf([...web, ...api], [], 0), services, new Map(), false)
  assert.deepEqual(line, {
    kind: 'group',
    group: {
      service: 'web',
      backends: 2,
      inRotation: 2,
      discovery: 'DNS of web.test: no name server has answered in time',
      tone: 'warning',
      isOpen: true
    }
  })
})

test('shares are those of the service', () => {
  const sample = (requests: number) => ({ requests, inFlight: 0, p50Ms: 1, p99Ms: 1 })
  const samples = [aSample(1000, { backends: { b1: sample(30), b2: sample(10), b3: sample(60) } })]
  const rows = rowsOf([...web, ...api], samples, 0)
  assert.deepEqual(rows.map(({ served, intended }) => [served, intended]), [[0.75, 0.5], [0.25, 0.5], [1, 1], [0, 0]])
})
