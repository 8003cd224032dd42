import { fork } from 'node:child_process'
import { systemClock } from '../base/clock.ts'
import { makeIdentity, makeLinkPlace } from './identity.ts'
import { actOnSignals } from './signals.ts'
import { StdoutLog } from './supervisor-log.ts'
import { Supervisor } from './supervisor.ts'

/** How long the last lines of the log may take. */
const logMs = 1000

export interface RunOptions {
  /** The program of control and workers, which differ by `EVENKEEL_ROLE`, and its arguments. */
  readonly script: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** Runs this process as the supervisor; resolves when all children are ready, and ends the process when they have ended. */
export async function runSupervisor ({ script, args, env }: RunOptions): Promise<Supervisor> {
  const output = new StdoutLog()
  const supervisor = new Supervisor({
    fork: (childEnv) => fork(script, args, { env: childEnv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    env,
    identity: makeIdentity(),
    link: makeLinkPlace(),
    clock: systemClock,
    random: Math.random,
    log: output.log,
    exit: (code) => {
      const end = (): void => { process.exit(code) }
      setTimeout(end, logMs)
      void output.end().then(end)
    }
  })
  actOnSignals(process, systemClock, {
    onStop: () => { supervisor.stop() },
    onStopNow: (code) => { supervisor.end(code) },
    onReload: () => { void supervisor.reload() }
  })
  await supervisor.start()
  return supervisor
}
