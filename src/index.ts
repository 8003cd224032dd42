// The public API: `import … from 'evenkeel'`.

export { createApp, type AppOptions } from './app.ts'
export { start, type StartOptions } from './start.ts'
export type { OwnerPlugin } from './plugin-files.ts'
// For strategies of your own.
export type { Backend } from './backends/backend.ts'
export type { Balancer, BalancerFactory, BalancerOptions } from './balancing/balancer.ts'
// Imported here so that the plugins' additions to Fastify's types reach users of this package.
export type { AdminOptions } from '../plugins/admin.ts'
export type { BackendRegistryOptions } from '../plugins/backend-registry.ts'
export type { DownstreamOptions } from '../plugins/downstream.ts'
export type { ConfigOptions } from '../plugins/config.ts'
export type { Lifecycle } from '../plugins/drain.ts'
export type { MetricsOptions } from '../plugins/metrics.ts'
export type { ProxyOptions } from '../plugins/proxy.ts'
