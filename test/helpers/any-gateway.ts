import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sumOf, type Counts, type WorkerState } from './counts.ts'
import { settingsForTests, startGateway } from './gateway.ts'
import { spawnServer, temporaryFolder } from './server-process.ts'
import { until } from './until.ts'

/** A gateway as its clients find it. */
export interface AnyGateway {
  readonly url: string
  readonly port: number
  readonly adminUrl: string
  counts (): Promise<Counts>
}

/** A gateway of several processes. */
interface Processes extends AnyGateway {
  readonly tlsPort: number | undefined
  /** From now on, these are its backends. */
  serve (backends: readonly string[]): Promise<void>
}

const plugin = fileURLToPath(new URL('./counts-plugin.js', import.meta.url))

/** How many workers the tests are run with: by the environment variable WORKERS; undefined: all is in this process. */
export const workers = process.env['WORKERS']

/**
 * Like `startGateway`, for tests that talk to a gateway by sockets alone; with the environment variable WORKERS it is processes, as an
 * owner starts them, each of which serves some of the connections. Those take seconds to start, so tests of a file that want the same
 * settings share them, one after the other, and differ in the backends.
 */
export async function startAnyGateway (t: TestContext, settings: Record<string, string>): Promise<AnyGateway> {
  return workers === undefined ? await startGateway(t, settings) : await useProcesses(workers, settings)
}

const started = new Map<string, Promise<Processes>>()
const ends: Array<() => unknown> = []
after(async () => { for (const end of ends) await end() })

/** With the port of its TLS listener, if the settings ask for one. */
export async function useProcesses (
  workers: string, { BACKENDS = '', ...settings }: Record<string, string>
): Promise<AnyGateway & { readonly tlsPort: number | undefined }> {
  const key = JSON.stringify(settings)
  const starting = started.get(key) ?? startProcesses(Number(workers), settings)
  started.set(key, starting)
  const processes = await starting
  await processes.serve(BACKENDS.split(',').filter(Boolean))
  const before = (await processes.counts()).floods
  return {
    ...processes,
    counts: async () => {
      const { floods, ...now } = await processes.counts()
      return { ...now, floods: floods - before }
    }
  }
}

async function startProcesses (workers: number, settings: Record<string, string>): Promise<Processes> {
  const folder = await temporaryFolder()
  const file = join(folder, 'evenkeel.yaml')
  await writeFile(file, fileOf([]))
  const numbers = Array.from({ length: workers }, (_, index) => index + 1)
  const states = (): Promise<WorkerState[]> => Promise.all(numbers.map((number) => ask<WorkerState>(join(folder, `worker-${number}`))))
  const server = spawnServer({ after: (end) => { ends.push(end as () => unknown) } }, {
    ...settingsForTests,
    WORKERS: String(workers),
    CONFIG_FILE: file,
    PLUGINS: plugin,
    TEST_COUNTS: folder,
    ...settings
  }, folder)
  // One after the other: on a busy machine, each takes its time.
  for (const msg of [/^admin listener: /, /^control is ready$/, /^worker is ready$/, /^all workers are ready$/]) await server.line(msg)
  const url = await server.url()
  const tls = server.lines().find(({ msg }) => msg.startsWith('TLS listener: '))
  return {
    url,
    port: portIn(url),
    adminUrl: await server.adminUrl(),
    tlsPort: tls === undefined ? undefined : portIn(tls.msg),
    counts: async () => sumOf((await states()).map(({ counts }) => counts)),
    async serve (backends) {
      await writeFile(file, fileOf(backends))
      const { problems } = await ask<{ problems: string[] }>(join(folder, 'control'))
      assert.deepEqual(problems, [])
      const wanted = backends.map(hostIn).sort().join()
      await until('the backends', async () => (await states()).every(({ checked }) => checked.sort().join() === wanted))
    }
  }
}

function fileOf (backends: readonly string[]): string {
  return JSON.stringify({ services: { default: { backends } } })
}

function hostIn (backend: string): string {
  return new URL(backend.split(';')[0] as string).host
}

async function ask<Answer> (path: string): Promise<Answer> {
  return JSON.parse(await text(connect(path)))
}

function portIn (url: string): number {
  return Number(url.slice(url.lastIndexOf(':') + 1))
}
