import type { Attempt } from '../../src/services/attempt.ts'
import { join } from 'node:path'
import { roundRobin } from '../../src/balancing/round-robin.ts'
import { Subscribers } from '../../src/base/subscribers.ts'
import { Replica } from '../../src/link/replica.ts'
import { WorkerHub } from '../../src/link/worker-hub.ts'
import { MemoryStore } from '../../src/registry/memory-store.ts'
import { newEntry, type RegistryChange, type RegistryStore } from '../../src/registry/store.ts'
import { Services } from '../../src/services/services.ts'
import type { ServiceLimits, ServiceSettings } from '../../src/services/service-settings.ts'
import { FakeClock } from './clock.ts'
import { temporaryFolder } from './server-process.ts'
import { until } from './until.ts'

export interface LinkedOptions extends Partial<Omit<ServiceSettings, 'limits'>> {
  readonly workers?: number
  readonly limits?: Partial<ServiceLimits>
}

export interface LinkedWorker {
  readonly services: Services
  readonly replica: Replica
}

/** What control and workers have of services, over a real socket and by one clock that stands still. */
export async function startLinked (names: readonly string[], { workers: count = 2, limits, ...rest }: LinkedOptions = {}) {
  const clock = new FakeClock()
  const random = (): number => 0
  const path = join(await temporaryFolder(), 'link')
  const settings: ServiceSettings = {
    balancer: 'round-robin',
    createBalancer: () => roundRobin({ clock, random }),
    thresholds: { fall: 3, rise: 2 },
    outliers: { failures: 5, ejectMs: 10_000, maxEjectedPercent: 50 },
    probeTimeoutMs: 5000,
    limits: { maxRequestsPerBackend: 1024, queueSize: 1024, queueTimeoutMs: 5000, retryBudgetPercent: 20, ...limits },
    slowStartMs: 0,
    zone: undefined,
    sticky: undefined,
    ...rest
  }
  const thrown: unknown[] = []
  /** What became of the registry. */
  const succession: string[] = []
  const control = startControl()
  await control.hub.listen()

  function startControl (store: RegistryStore = new MemoryStore()) {
    const early = new Subscribers<RegistryChange>()
    store.watch((change) => { early.notify(change) })
    const services = new Services({ store, clock, random, settingsFor: () => settings })
    const hub = new WorkerHub({
      path,
      workers: count,
      version: '1',
      clock,
      store,
      services,
      routes: () => [],
      config: () => undefined,
      selfSigned: () => undefined,
      onWorker: () => {},
      onReport: () => {},
      onWorkerGone: () => {},
      giveRegistry: async () => {
        succession.push('given')
        return { version: 1 }
      },
      onSuccessorGone: () => { succession.push('taken back') },
      takeReport: () => ({ requests: succession.length }),
      onThrown: (error) => { thrown.push(error) }
    })
    early.subscribe((change) => { hub.onRegistryChange(change) })
    for (const name of names) {
      const entry = newEntry({ url: `http://${name}`, name, weight: 1 }, 'configured')
      store.put(entry, 'configured')
      check(services, name, true)
    }
    return { store, services, hub }
  }

  async function startWorker (worker: number, version = '1'): Promise<LinkedWorker> {
    const replica = new Replica({ path, worker, pid: worker, workers: count, version, clock })
    await replica.connect()
    const services = new Services({
      store: replica.store,
      clock,
      random,
      settingsFor: () => replica.shareOf(settings),
      createJudge: (...parts) => replica.createJudge(...parts)
    })
    replica.follow(services)
    return { services, replica }
  }

  const workers: LinkedWorker[] = []
  for (let worker = 1; worker <= count; worker++) workers.push(await startWorker(worker))
  await until('all workers are there', () => control.hub.workers().length === count)

  /** Lets workers report, and waits until control and they agree. */
  async function settled (what: string, isSo: () => boolean): Promise<void> {
    clock.advance(100)
    await until(what, isSo)
  }

  /** Lets `ms` pass, with every sign of life on the link: a multiple of 500. */
  async function pass (ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500)
      await until('control is heard', () => clock.tasksIn(2000) >= workers.length)
    }
  }

  function close (): void {
    for (const { replica, services } of workers) {
      replica.close()
      services.close()
    }
    void control.hub.close()
    control.services.close()
  }

  return { clock, path, control, workers, thrown, succession, startControl, startWorker, settled, pass, close }
}

/** One check of a backend has ended. */
export function check (services: Services, name: string, passed: boolean): void {
  const backend = services.backends().find((each) => each.name === name)
  if (backend === undefined) throw new Error(`there is no ${name}`)
  services.default.reportCheck(backend, { passed, detail: passed ? 'status 200' : 'connection refused', durationMs: 1, at: 0 })
}

export function stateOf ({ services }: { readonly services: Services }, name: string): string | undefined {
  return services.backends().find((backend) => backend.name === name)?.state
}

/** An attempt of this worker at this backend. */
export function attemptAt ({ services }: LinkedWorker, name: string): Attempt {
  const backend = services.backends().find((each) => each.name === name)
  const attempt = backend && services.default.acquireFrom(backend)
  if (attempt === undefined) throw new Error(`${name} takes no request`)
  return attempt
}

export function fail (worker: LinkedWorker, name: string, times = 1): void {
  for (let i = 0; i < times; i++) attemptAt(worker, name).settle('backend-failure', 'refused')
}
