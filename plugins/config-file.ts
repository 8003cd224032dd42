import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ConfigFileState } from '../src/admin/wire.ts'
import { strategies } from '../src/balancing/strategies.ts'
import type { Clock } from '../src/base/clock.ts'
import { lookOf } from '../src/base/file-look.ts'
import { repeat } from '../src/base/repeat.ts'
import { Subscribers } from '../src/base/subscribers.ts'
import { createFileReader, inOrder, lineOf } from '../src/config/file/read.ts'
import { ConfigFileError } from '../src/config/file/file-error.ts'
import { planFile, type FilePlan } from './file-plan.ts'

export interface ConfigFileOptions {
  readonly clock: Clock
}

/** The configuration file, as far as there is one, and what is in force of it. */
export interface ConfigFile {
  /** Undefined: there is none. */
  readonly path: string | undefined
  /** The text in force; undefined without a file. */
  readonly text: string | undefined
  readonly state: ConfigFileState
  /** What is in force; empty without a file. */
  readonly plan: FilePlan
  /** What the file in force says, secrets masked; null without one. */
  readonly masked: unknown
  /** Reads the file again; resolves with the state after that. */
  reload (): Promise<ConfigFileState>
  /** Told of each new plan, one after the other and all in one turn, so that no request sees a half of it. */
  readonly plans: Pick<Subscribers<FilePlan>, 'subscribe'>
  /** Told of each new state. */
  readonly states: Pick<Subscribers<ConfigFileState>, 'subscribe'>
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly configFile: ConfigFile
  }
}

const noPlan: FilePlan = { services: new Map(), routes: undefined, allowed: undefined, tls: undefined }
const lookMs = 1000

/** The file of services and routes: read at the start, and again whenever it has changed. */
async function configFile (fastify: FastifyInstance, { clock }: ConfigFileOptions) {
  const { config, settingSources, environment, policies, log, replica } = fastify
  const isNamed = settingSources['CONFIG_FILE'] !== undefined
  const read = createFileReader({
    strategies: Object.keys(strategies),
    env: environment,
    hasBackendsSetting: config.BACKENDS !== '',
    knowsHttps: config.TRUST_PROXY !== 'false' || config.TLS_PORT !== ''
  })
  const plans = new Subscribers<FilePlan>()
  const states = new Subscribers<ConfigFileState>()
  let path: string | undefined = config.CONFIG_FILE === '' ? undefined : config.CONFIG_FILE
  /** What was read last, whether or not it could be used; where it could not be read, why. */
  let lastRead: string | undefined
  /** Files that it names, such as those of authorities. */
  let beside: ReadonlyMap<string, string | null> = new Map()
  /** What they looked like; empty before the first look. */
  let looked = ''
  let isChanged = false
  let reloaded = Promise.resolve(none)
  let stopLooking: (() => void) | undefined
  const file = { path, text: undefined as string | undefined, state: none, plan: noPlan, masked: null as unknown, reload, plans, states }

  /** Brings a text into force, or returns what is wrong with it. */
  function take (text: string): readonly string[] {
    const result = read(text)
    if ('problems' in result) return linesOf(result.problems)
    const { plan, problems, warnings, files } = planFile(result, path as string, policies)
    beside = files
    if (problems.length > 0) return linesOf(inOrder(problems))
    policies.apply(new Map([...plan.services].map(([name, { policy }]) => [name, policy])))
    file.text = text
    file.plan = plan
    file.masked = result.masked
    const since = new Date(clock.date()).toISOString()
    file.state = { file: path as string, state: 'in-force', since, problems: [], warnings: linesOf(warnings) }
    if (replica === undefined) for (const warning of file.state.warnings) log.warn(warning)
    plans.notify(plan)
    states.notify(file.state)
    return []
  }

  /** A fault of the gateway's own is said as well: neither may it end the process, nor keep later files from being read. */
  function takeSafely (text: string): readonly string[] {
    try {
      return take(text)
    } catch (err) {
      log.error({ err, file: path }, 'the gateway has failed to bring the configuration into force')
      return [`${path}: the gateway has failed to bring it into force, perhaps in part`]
    }
  }

  function linesOf (problems: Parameters<typeof inOrder>[0]): string[] {
    return problems.map((problem) => lineOf(path as string, problem))
  }

  /** One after the other: what was read first must not come into force last. */
  function reload (): Promise<ConfigFileState> {
    reloaded = reloaded.then(readAgain)
    return reloaded
  }

  async function readAgain (): Promise<ConfigFileState> {
    if (path === undefined) return file.state
    const text = await readFile(path, 'utf8').catch((error: unknown) => error as Error)
    const isSame = (typeof text === 'string' ? text : text.message) === lastRead && await areSame(beside)
    if (isSame) return file.state
    const problems = typeof text === 'string' ? takeSafely(text) : [`${path}: the file cannot be read: ${text.message}`]
    lastRead = typeof text === 'string' ? text : text.message
    if (problems.length === 0) {
      log.info({ file: path, services: file.plan.services.size, routes: file.plan.routes?.length ?? 0 }, 'configuration in force')
    } else {
      file.state = { ...file.state, state: 'refused', problems }
      log.error({ file: path, problems }, 'configuration refused: what was in force stays')
      states.notify(file.state)
    }
    return file.state
  }

  /** A look at the file sees what editors, `mv` and symbolic links do; notifications of the system miss some of it in containers. */
  async function look (): Promise<void> {
    const seen = (await Promise.all([path as string, ...beside.keys()].map(lookOf))).join('\n')
    // Who writes it may not be done: what ends too early can be a file that says less. So it must have been still for one look.
    if (seen === looked && isChanged) await reload()
    isChanged = seen !== looked && looked !== ''
    looked = seen
  }

  if (replica !== undefined) {
    // Control has read it, says what is wrong with it, and watches it.
    if (replica.config === undefined) file.path = path = undefined
    else takeSafely(replica.config)
    replica.configs.subscribe((text) => {
      file.path = path = config.CONFIG_FILE
      for (const problem of takeSafely(text)) log.error({ problem }, 'this worker cannot bring the configuration into force')
    })
  } else if (path !== undefined) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error)
    if (typeof text === 'string') {
      const problems = take(text)
      if (problems.length > 0) throw new ConfigFileError(problems)
      lastRead = text
    } else if (text.code !== 'ENOENT' || isNamed) throw new ConfigFileError([`${path}: the file cannot be read: ${text.message}`])
    else file.path = path = undefined
  }
  fastify.decorate('configFile', file)
  fastify.addHook('onReady', async () => {
    if (path === undefined || replica !== undefined) return
    await look()
    stopLooking = repeat(clock, lookMs, look, (err) => { log.error({ err }, 'the configuration file cannot be watched') })
  })
  fastify.addHook('onClose', () => { stopLooking?.() })
}

/** Whether these files still say what they said. */
async function areSame (files: ReadonlyMap<string, string | null>): Promise<boolean> {
  for (const [path, text] of files) if (await readFile(path, 'utf8').catch(() => null) !== text) return false
  return true
}

const none: ConfigFileState = { file: null, state: 'none', since: null, problems: [], warnings: [] }

export default fp(configFile, { name: 'config-file', dependencies: ['config', 'role', 'policies'], fastify: '5.x' })
