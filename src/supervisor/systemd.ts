import { execFile } from 'node:child_process'
import type { ListenerName } from './messages.ts'
import type { SupervisorLog } from './supervisor-log.ts'

/** sd_listen_fds(3): the first of the descriptors. */
const firstDescriptor = 3

const names: ReadonlySet<string> = new Set<ListenerName>(['traffic', 'tls', 'admin'])

/**
 * The listening sockets that systemd passes to this process, by `FileDescriptorName=` of their socket units; none where `LISTEN_PID`
 * names another process. Throws where one of them has another name, or a name comes twice.
 */
export function listenDescriptors (env: NodeJS.ProcessEnv, pid: number): Map<ListenerName, number> {
  const descriptors = new Map<ListenerName, number>()
  const { LISTEN_FDS: count = '0', LISTEN_FDNAMES: list = '', LISTEN_PID: listenPid } = env
  if (listenPid !== String(pid)) return descriptors
  for (let n = 0; n < Number(count); n++) {
    const name = list.split(':')[n] ?? ''
    if (!names.has(name)) throw new Error(`systemd passes a socket named "${name}": set FileDescriptorName= to traffic, tls or admin`)
    if (descriptors.has(name as ListenerName)) throw new Error(`systemd passes two sockets named "${name}"`)
    descriptors.set(name as ListenerName, firstDescriptor + n)
  }
  return descriptors
}

/** The environment without what is meant for this process alone. */
export function withoutSystemd (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { LISTEN_FDS: _fds, LISTEN_PID: _pid, LISTEN_FDNAMES: _names, ...rest } = env
  return rest
}

export type Notice = 'ready' | 'stopping'

/**
 * Tells systemd where the service is, if it asks (sd_notify(3)), by systemd-notify: Node has no Unix datagrams. With `ready` goes the
 * pid of the process to watch, which changes with an upgrade. The unit needs `NotifyAccess=all`.
 */
export function notifySystemd (notice: Notice, env: NodeJS.ProcessEnv, pid: number, log: SupervisorLog): void {
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return
  const state = notice === 'ready' ? ['READY=1', `MAINPID=${pid}`] : ['STOPPING=1']
  execFile('systemd-notify', state, { env }, (error) => {
    if (error !== null) log('error', 'systemd was not told', { notice, reason: error.message })
  })
}
