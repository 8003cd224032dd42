import { fork } from 'node:child_process'
import { systemClock } from '../base/clock.ts'
import { makeIdentity, makeLinkPlace } from './identity.ts'
import { actOnSignals } from './signals.ts'
import { StdoutLog } from './supervisor-log.ts'
import { Supervisor } from './supervisor.ts'
import { listenDescriptors, notifySystemd, withoutSystemd } from './systemd.ts'
import { inherit } from './upgrade.ts'

/** How long the last lines of the log may take. */
const logMs = 1000

export interface RunOptions {
  /** The program of control and workers, which differ by `EVENKEEL_ROLE`, and its arguments. */
  readonly script: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/**
 * Runs this process as the supervisor; resolves when all children are ready, and ends the process when they have ended. Rejects where
 * systemd passes sockets that have no place here.
 */
export async function runSupervisor ({ script, args, env: given }: RunOptions): Promise<Supervisor> {
  const output = new StdoutLog()
  const { log } = output
  const { EVENKEEL_SUCCESSOR: isSuccessor, ...env } = withoutSystemd(given)
  const inheritance = isSuccessor === '1' ? await inherit(process) : undefined
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
  const supervisor = new Supervisor({
    fork: (childEnv) => fork(script, args, { env: childEnv, stdio: [...stdio] }),
    startSuccessor: () => fork(process.argv[1] as string, process.argv.slice(2), {
      execPath: env['EVENKEEL_EXEC_PATH'] ?? process.execPath,
      env: { ...env, EVENKEEL_SUCCESSOR: '1' },
      stdio: [...stdio]
    }),
    env,
    inheritance,
    descriptors: listenDescriptors(given, process.pid),
    identity: inheritance?.identity ?? makeIdentity(),
    link: makeLinkPlace(),
    clock: systemClock,
    random: Math.random,
    log,
    onNotice: (notice) => { notifySystemd(notice, env, process.pid, log) },
    exit: (code) => {
      const end = (): void => { process.exit(code) }
      setTimeout(end, logMs)
      void output.end().then(end)
    }
  })
  actOnSignals(process, systemClock, {
    onStop: () => { supervisor.stop() },
    onStopNow: (code) => { supervisor.end(code) },
    onReload: () => { void supervisor.reload() },
    onUpgrade: () => { void supervisor.upgrade() }
  })
  if (await supervisor.start() && inheritance !== undefined) await supervisor.takeOver(process)
  return supervisor
}
