import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { everySecond } from '../src/base/every-second.ts'

/** Between the samples of control, which are taken at the beginning of each second. */
const offsetMs = 500

/** In a worker: tells control each second what was counted. */
async function workerReports (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const { replica, trafficReporter } = fastify
  if (replica === undefined) return
  replica.reportWith(() => trafficReporter.takeAll())
  const stop = everySecond(clock, offsetMs, () => { replica.report(trafficReporter.take()) })
  fastify.addHook('onClose', () => {
    stop()
    replica.report(trafficReporter.takeRest())
  })
}

export default fp(workerReports, { name: 'worker-reports', dependencies: ['role', 'traffic-reporter'], fastify: '5.x' })
