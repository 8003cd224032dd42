import type { Cores } from '../machine/cores.ts'
import type { Tools } from '../machine/tools.ts'
import type { Origin } from './origin.ts'

/** What every run needs. */
export interface BenchContext {
  readonly cores: Cores
  readonly tools: Tools
  /** Node.js 24. */
  readonly node: string
  readonly gateway: string
  readonly origin: Origin
  /** Everything temporary goes below it. */
  readonly folder: string
  readonly seconds: number
  readonly warmUpSeconds: number
}
