// What `import … from 'evenkeel'` gives.

export { createApp, type AppOptions } from './app.ts'
export { start, type StartOptions } from './start.ts'
export type { OwnerPlugin } from './plugin-files.ts'
// For a strategy of one's own.
export type { Backend } from './backends/backend.ts'
export type { Balancer, BalancerFactory, BalancerOptions } from './balancing/balancer.ts'
// Named here, so that what the plugins add to Fastify's types reaches those who import this package.
export type { AdminOptions } from '../plugins/admin.ts'
export type { BackendRegistryOptions } from '../plugins/backend-registry.ts'
export type { DownstreamOptions } from '../plugins/downstream.ts'
export type { ConfigOptions } from '../plugins/config.ts'
export type { Lifecycle } from '../plugins/drain.ts'
export type { MetricsOptions } from '../plugins/metrics.ts'
export type { ProxyOptions } from '../plugins/proxy.ts'
