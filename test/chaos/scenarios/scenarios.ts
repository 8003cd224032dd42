import { allDown } from './all-down.ts'
import { brownOut } from './brown-out.ts'
import { deploy } from './deploy.ts'
import { flapping } from './flapping.ts'
import { freeze } from './freeze.ts'
import { gatewayEnd } from './gateway-end.ts'
import { killGet, killPost } from './kill.ts'
import type { Scenario } from './scenario.ts'
import { slowBackend } from './slow-backend.ts'
import { killWorkers, reload, upgrade } from './workers.ts'

/** The names are those of `--scenario`; the order is that of the run and the table. */
export const scenarios = {
  'kill-get': killGet,
  'kill-post': killPost,
  deploy,
  freeze: freeze('round-robin'),
  'freeze-least-connections': { ...freeze('least-connections'), isLeftOutOfShort: true },
  'brown-out': brownOut,
  'slow-round-robin': slowBackend('round-robin', false),
  'slow-least-connections': slowBackend('least-connections', false),
  'slow-power-of-two-choices': slowBackend('power-of-two-choices', true),
  'slow-least-latency': slowBackend('least-latency', true),
  'all-down': allDown,
  flapping,
  'gateway-end': gatewayEnd,
  'kill-workers': killWorkers,
  reload,
  upgrade
} satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios

export const scenarioNames = Object.keys(scenarios) as ScenarioName[]

export function scenarioNamed (name: ScenarioName): Scenario {
  return scenarios[name]
}
