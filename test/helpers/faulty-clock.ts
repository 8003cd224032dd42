import { systemClock, type Clock } from '../../src/base/clock.ts'

/** A clock that throws once when it is asked the time from within a certain method: what the gateway does then is broken there. */
export interface FaultyClock extends Clock {
  /** The next time that `method`, such as `Exchange.onHead`, asks for the time, directly or not, that throws. */
  breakIn (method: string): void
  /** Whether it has. */
  readonly hasThrown: boolean
}

export const injected = 'injected fault'

export function faultyClock (): FaultyClock {
  let method: string | undefined
  let hasThrown = false
  Error.stackTraceLimit = 50
  return {
    ...systemClock,
    get hasThrown () { return hasThrown },
    breakIn (name) { method = name },
    now () {
      if (method !== undefined) {
        const error = new Error(injected)
        if (error.stack?.includes(method) === true) {
          method = undefined
          hasThrown = true
          throw error
        }
      }
      return systemClock.now()
    }
  }
}
