import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { Doors } from '../../src/supervisor/doors.ts'
import { makeIdentity } from '../../src/supervisor/identity.ts'
import { listenDescriptors } from '../../src/supervisor/systemd.ts'
import { handOverTo } from '../../src/supervisor/upgrade.ts'
import { FakeClock } from '../helpers/clock.ts'
import { isRunning, temporaryFolder } from '../helpers/server-process.ts'
import { call, keepCalling, whoAnswers } from '../helpers/supervised.ts'
import { startSupervisorProcess } from '../helpers/supervisor-process.ts'
import { settled } from '../helpers/until.ts'

async function writeScript (path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
}

test('a new supervisor takes the listeners over without loss, as long as it starts', async (t) => {
  const node = join(await temporaryFolder(), 'node')
  await writeScript(node, 'exit 3')
  const { pid, port, line, lines, exited, closed } = startSupervisorProcess(t, { EVENKEEL_EXEC_PATH: node })
  await line('all workers are ready')
  process.kill(pid, 'SIGUSR2')
  const { level, reason } = await line('the new supervisor did not start; the old one goes on')
  assert.deepEqual([level, reason], [50, 'it ended before it was ready: exit code 3'])

  await writeScript(node, `exec ${process.execPath} "$@"`)
  const held = await call(t, port())
  const [before = ''] = (await held.ask('?')).split(' ')
  const stopCalling = keepCalling(t, port())
  process.kill(pid, 'SIGUSR2')
  const { successorPid } = await line('another supervisor has taken over')
  t.after(() => { if (isRunning(Number(successorPid))) process.kill(Number(successorPid), 'SIGKILL') })
  assert.equal(await exited, 0)
  const after = await whoAnswers(t, port())
  const answers = await stopCalling()
  assert.deepEqual(answers.filter((answer) => !/^1:\d+ traffic$/.test(answer)), [])
  assert.deepEqual(new Set(answers), new Set([`${before} traffic`, after]))
  assert.match(await whoAnswers(t, port('admin')), /^0:/)
  assert.equal(held.socket.readableEnded, true)

  process.kill(Number(successorPid), 'SIGTERM')
  await closed
  assert.deepEqual(lines.filter(({ msg }) => msg === 'the gateway is stopping').map((line) => line['pid']), [successorPid])
})

test('a new supervisor that is not ready within 60 s is given up', async () => {
  const clock = new FakeClock()
  const successor = Object.assign(new EventEmitter(), { connected: true, send: () => {} }) as unknown as ChildProcess
  let reason = ''
  const handedOver = handOverTo(successor, { identity: makeIdentity(), predecessor: 'link' }, new Doors(() => {}), clock)
    .catch((error: Error) => { reason = error.message })
  clock.advance(59_999)
  await settled()
  assert.equal(reason, '')
  clock.advance(1)
  await handedOver
  assert.equal(reason, 'not ready within 60 s')
})

test('systemd may pass the listeners, and is told of the state', async (t) => {
  const folder = await temporaryFolder()
  const told = join(folder, 'told')
  await writeScript(join(folder, 'systemd-notify'), `echo "$*" >>${told}`)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const supervisor = startSupervisorProcess(t, {
    PATH: `${folder}:${process.env['PATH']}`,
    NOTIFY_SOCKET: '/run/any',
    LISTEN_FDS: '1',
    LISTEN_FDNAMES: 'traffic'
  }, server)
  server.close()
  await supervisor.line('all workers are ready')
  assert.equal(supervisor.port(), port)
  assert.match(await whoAnswers(t, port), /^1:/)
  process.kill(supervisor.pid, 'SIGTERM')
  process.kill(supervisor.pid, 'SIGTERM') // npm passes on what the terminal has sent already
  assert.equal(await supervisor.exited, 0)
  assert.equal(await readFile(told, 'utf8'), `READY=1 MAINPID=${supervisor.pid}\nSTOPPING=1\n`)
})

test('sockets of systemd are those of this process, with names that are known', () => {
  const env = { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'admin:traffic' }
  assert.deepEqual(listenDescriptors(env, 7), new Map([['admin', 3], ['traffic', 4]]))
  assert.deepEqual(listenDescriptors(env, 8), new Map())
  assert.throws(() => listenDescriptors({ ...env, LISTEN_FDNAMES: 'admin:evenkeel.socket' }, 7), /"evenkeel.socket".*FileDescriptorName=/)
  assert.throws(() => listenDescriptors({ ...env, LISTEN_FDNAMES: 'admin:admin' }, 7), /two sockets named "admin"/)
})
