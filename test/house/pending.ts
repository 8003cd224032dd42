import type { Wall } from './walls.ts'

/** What still breaks a wall of imports.test.ts. These lists only shrink, and are empty when the house is rebuilt. */
export const pending: Record<Wall, string[]> = {
  upward: [],
  circles: [],
  nodeHttp: [],
  privateMembers: [],
  symbols: []
}
