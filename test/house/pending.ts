import type { Wall } from './walls.ts'

/** What still breaks a wall of imports.test.ts. These lists only shrink, and are empty when the house is rebuilt. */
export const pending: Record<Wall, string[]> = {
  upward: [
    'src/config/schema.ts -> src/balancing/strategies.ts',
    'src/config/schema.ts -> src/registry/address-ranges.ts',
    'src/downstream/trust.ts -> src/config/setting-error.ts',
    'src/observe/traffic-sampler.ts -> src/admin/wire.ts',
    'src/registry/address-policy.ts -> src/config/setting-error.ts',
    'src/routing/hash-key.ts -> src/config/setting-error.ts'
  ],
  circles: [],
  nodeHttp: [],
  privateMembers: [],
  symbols: []
}
