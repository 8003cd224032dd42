import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import trafficReporter from '../../plugins/traffic-reporter.ts'
import { systemClock } from '../../src/base/clock.ts'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'
import { attack } from '../helpers/wire.ts'
import { aWorker, withWorkers } from '../helpers/workers.ts'

/** A gateway that counts as a worker does, and one that shows what it is told, with the same file. */
async function startBoth (t: TestContext, file: string) {
  const worker = await startWithFile(t, file, {}, {
    plugins: [fp(async (fastify: FastifyInstance) => { await fastify.register(trafficReporter, { clock: systemClock }) })]
  })
  const control = await startWithFile(t, file)
  return { worker, control, reporter: worker.app.trafficReporter, totals: control.app.trafficTotals.addWorker() }
}

/** What is counted of the traffic: samples of metrics. */
async function countersAt (adminUrl: string): Promise<string[]> {
  const { body } = await send(`${adminUrl}/metrics`)
  return body.split('\n').filter((line) =>
    /^evenkeel_(requests|attempt|retries|route|refused|first_byte|request_duration|backend_conn)\w*[{ ]/.test(line)).sort()
}

test('what a worker has counted is shown by control as if it had counted it', async (t) => {
  const [a, broken] = [await startBackend(t, answers('a')), await startBackend(t, answersWith(500))]
  const { worker, control, reporter, totals } = await startBoth(t, `
services: { web: { backends: ["${a.url};name=a"] }, broken: { backends: ["${broken.url};name=b"] }, none: {} }
routes:
  - { service: web }
  - { name: broken, path: /broken, service: broken, retries: 0 }
  - { name: split, path: /split, split: { none: 1, web: 0 } }
`)
  totals.add(reporter.takeAll())
  for (const path of ['/', '/', '/broken', '/split']) await send(`${worker.url}${path}`)
  await attack(worker.port, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')
  await until('the requests to be over', () => worker.app.forwarder.openExchanges === 0)
  totals.add(JSON.parse(JSON.stringify(reporter.take())))
  assert.deepEqual(await countersAt(control.adminUrl), await countersAt(worker.adminUrl))

  // Both have looked at their clocks for the time of a request, a moment apart.
  const shown = async (adminUrl: string, path: string) =>
    (JSON.parse((await send(`${adminUrl}/api${path}`)).body) as object[]).map((each) => ({ ...each, origin: undefined, at: undefined }))
  for (const path of ['/routes', '/requests']) assert.deepEqual(await shown(control.adminUrl, path), await shown(worker.adminUrl, path))
  assert.equal((await shown(control.adminUrl, '/requests')).length, 2)
})

test('each worker has its figures in metrics and in the API; one that is down has lost those of its process', async (t) => {
  const { requests, ...figures } = aWorker
  const down = { ...figures, number: 2, isUp: false, restarts: 3 }
  const { adminUrl } = await startGateway(t, {}, { plugins: [withWorkers(aWorker, down)] })
  const { body } = await send(`${adminUrl}/metrics`)
  assert.deepEqual(body.split('\n').filter((line) => line.startsWith('evenkeel_worker_')).sort(), [
    'evenkeel_worker_connections{worker="1"} 12',
    'evenkeel_worker_event_loop_utilization{worker="1"} 0.25',
    'evenkeel_worker_resident_memory_bytes{worker="1"} 104857600',
    'evenkeel_worker_restarts_total{worker="1"} 0',
    'evenkeel_worker_restarts_total{worker="2"} 3',
    'evenkeel_worker_up{worker="1"} 1',
    'evenkeel_worker_up{worker="2"} 0'
  ])
  const first = {
    number: 1,
    pid: 4711,
    up: true,
    restarts: 0,
    connections: 12,
    requests,
    eventLoopUtilization: 0.25,
    residentBytes: 104_857_600,
    since: '2026-11-27T12:00:00.000Z'
  }
  assert.deepEqual(JSON.parse((await send(`${adminUrl}/api/workers`)).body), [
    first, { ...first, number: 2, up: false, restarts: 3, requests: null }
  ])
})

test('a gateway of one process has no workers', async (t) => {
  const { adminUrl } = await startGateway(t, {})
  assert.equal((await send(`${adminUrl}/api/workers`)).body, '[]')
  assert.doesNotMatch((await send(`${adminUrl}/metrics`)).body, /^evenkeel_worker_/m)
})
