import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { NotableRequests } from '../src/observe/notable-requests.ts'
import { createLoadMeter } from '../src/observe/process-load.ts'
import { RouteCounters } from '../src/observe/route-counters.ts'
import { TrafficCounters } from '../src/observe/traffic-counters.ts'
import { talliesOf, TrafficReporter } from '../src/observe/traffic-reporter.ts'
import { TrafficSecond } from '../src/observe/traffic-second.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly trafficReporter: TrafficReporter
  }
}

/**
 * In a worker, counts the traffic for control, where the plugin `metrics` shows it. Send `take()` half a second after the beginning of
 * each second (`everySecond(clock, 500, …)`), as samples are taken at the beginning; and `takeAll()` first on each new connection.
 */
async function trafficReporter (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const { services, forwarder, exchanges, routes, listener, refusals, tls } = fastify
  const counters = new TrafficCounters()
  const routeCounters = new RouteCounters()
  const second = new TrafficSecond()
  const notable = new NotableRequests(clock)
  exchanges.subscribe((record) => {
    counters.onExchange(record)
    routeCounters.onExchange(record)
    second.onExchange(record)
    notable.onExchange(record)
  })

  const load = createLoadMeter()
  fastify.decorate('trafficReporter', new TrafficReporter({
    counters,
    routeCounters,
    second,
    notable,
    tallies: {
      ...talliesOf({ refusals, tls, counters }),
      passedOn: () => routes.table.entries.map(({ value: { info: { id, name = id }, passedOn } }) => [name, passedOn] as const)
    },
    backends: () => services.backends(),
    connectionsTo: (backend) => forwarder.connectionsTo(backend),
    queues: () => services.all(),
    gauges: () => ({ clientConnections: listener.idle + listener.busy, tunnels: listener.tunnels, ...load() })
  }))
}

export default fp(trafficReporter, { name: 'traffic-reporter', dependencies: ['downstream', 'proxy', 'routes', 'tls'], fastify: '5.x' })
