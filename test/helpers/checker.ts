import type { TestContext } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import { CheckSchedule } from '../../src/checks/schedule.ts'
import type { CheckResult } from '../../src/checks/check.ts'
import { alone, createTestService } from './service.ts'
import { settled } from './until.ts'

/** The result of a check that passed. */
export const passed: CheckResult = { passed: true, detail: 'status 200' }

/** A check that is under way. */
export interface HeldCheck {
  readonly host: string
  readonly isInQuestion: boolean
  readonly end: (result?: CheckResult | Promise<CheckResult>) => Promise<void>
}

/** A checker of these backends at an interval of 1000 ms, whose checks take until the test ends them. */
export function createChecker (t: TestContext, names: string[], random: () => number = () => 0.5) {
  const { service, backends, transitions, clock } = createTestService(names)
  const checks: HeldCheck[] = []
  const forgotten: string[] = []
  const errors: string[] = []
  const runner = {
    run: ({ url }: Backend, isInQuestion: boolean): Promise<CheckResult> => new Promise((resolve) => {
      checks.push({
        host: url.host,
        isInQuestion,
        end: (result = passed) => {
          resolve(result)
          return settled()
        }
      })
    }),
    forget: ({ name }: Backend) => { forgotten.push(name) },
    close: () => { forgotten.push('all') }
  }
  const checker = new CheckSchedule({
    services: alone(service),
    runner,
    intervalFor: () => 1000,
    clock,
    random,
    onError: (error, { name }) => {
      errors.push(`${name}: ${error}`)
    }
  })
  t.after(() => { checker.stop() })
  return { clock, service, backends, transitions, checks, forgotten, errors, checker }
}
