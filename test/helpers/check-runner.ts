import { lookup } from 'node:dns'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { BackendSpec } from '../../src/backends/spec.ts'
import { systemClock } from '../../src/base/clock.ts'
import { CheckRunner, type CheckRunnerOptions, type CheckSettings } from '../../src/checks/check-runner.ts'
import { newEntry } from '../../src/registry/store.ts'
import { ManagedBackend } from '../../src/services/managed-backend.ts'

const patientMs = 10_000

export interface TestRunnerOptions extends Partial<Omit<CheckRunnerOptions, 'settingsFor'>>, Partial<CheckSettings> {}

/** A runner that is closed at the end of the test, and has 10 s for each check. */
export function createRunner (t: TestContext, options: TestRunnerOptions = {}): CheckRunner {
  const {
    path = '/check', timeoutMs = patientMs, intervalMs = patientMs / 2, status = { first: 200, last: 399 }, ...rest
  } = options
  const settings = { path, timeoutMs, intervalMs, status }
  const runner = new CheckRunner({
    settingsFor: () => settings,
    names: { lookup, watch: () => () => {} },
    guardFor: () => undefined,
    clock: systemClock,
    onThrown: (error) => { throw error },
    ...rest
  })
  t.after(() => { runner.close() })
  return runner
}

export function backendAt (url: string, spec: Pick<BackendSpec, 'healthCheck' | 'sendProxy'> = {}): ManagedBackend {
  return new ManagedBackend(newEntry({ url, name: 'a', weight: 1, ...spec }, 'configured'))
}

/** The result of one check of the backend at this url. */
export function check (t: TestContext, url: string, options?: TestRunnerOptions, spec?: Pick<BackendSpec, 'healthCheck'>) {
  return createRunner(t, options).run(backendAt(url, spec), true)
}

/** A raw backend that answers each connection with these bytes. */
export function says (bytes: string): (socket: Socket) => void {
  return (socket) => { socket.once('data', () => { socket.write(bytes) }) }
}
