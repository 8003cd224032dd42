import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from './free-ports.ts'
import { program } from './program.ts'
import { startService } from './service.ts'
import { tempDir } from './temp-dir.ts'

export interface Apache {
  readonly url: string
  /** The document root; Apache's workers may write to it. */
  readonly root: string
  /**
   * Ends it and tells what it was asked, a line a request, sorted, without health checks. The host of `clientUrl` is written
   * HOST, so that the lines are the same as those of another Apache if clients had their `Host` and `Destination` untouched.
   */
  readonly end: (clientUrl: string) => Promise<string[]>
}

/**
 * Starts an Apache of the test's own, with `directives` for what it serves: in them, ${ROOT} is the document root, which
 * `prepare` fills.
 */
export async function startApache (
  t: TestContext,
  directives: string,
  prepare: (root: string) => void | Promise<void> = () => {}
): Promise<Apache> {
  const dir = tempDir(t)
  const root = join(dir, 'root')
  const log = join(dir, 'access.log')
  const [port] = await freePorts(1)
  mkdirSync(root)
  mkdirSync(join(dir, 'state'))
  writeFileSync(join(root, 'health'), 'ok\n')
  await prepare(root)
  writeFileSync(join(dir, 'apache.conf'), configuration(dir, Number(port), directives))
  if (isRoot) execFileSync('chown', ['-R', `${worker}:${worker}`, root, join(dir, 'state')])
  const url = `http://127.0.0.1:${port}`
  const service = await startService(t, program('apache2'), ['-f', join(dir, 'apache.conf'), '-D', 'FOREGROUND'], {
    cwd: dir,
    readyUrl: `${url}/health`,
    logFile: join(dir, 'error.log'),
    // Gracefully: a request is logged a moment after its response was sent.
    endSignal: 'SIGWINCH'
  })
  const end = async (clientUrl: string) => {
    await service.end()
    const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1)
    return lines
      .filter((line) => !line.includes('/health '))
      .map((line) => line.replaceAll(new URL(clientUrl).host, 'HOST'))
      .sort()
  }
  return { url, root, end }
}

const isRoot = process.getuid?.() === 0

/** Debian's user for web servers: Apache started by root serves as this one. */
const worker = 'www-data'

function configuration (dir: string, port: number, directives: string): string {
  const modules = ['mpm_event', 'authz_core', 'alias', 'env', 'dav', 'dav_fs', 'cgid']
  return `
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerRoot ${dir}
ServerName localhost
Listen 127.0.0.1:${port}
${isRoot ? `User ${worker}\nGroup ${worker}` : ''}
PidFile ${dir}/apache.pid
DefaultRuntimeDir ${dir}/state
ScriptSock ${dir}/state/cgid
DavLockDB ${dir}/state/dav-locks
Mutex file:${dir}/state
Define ROOT ${dir}/root
DocumentRoot ${dir}/root
LogFormat "%m %{Host}i%U %>s %{Transfer-Encoding}i %{Destination}i" seen
CustomLog ${dir}/access.log seen
ErrorLog ${dir}/error.log
LogLevel warn
StartServers 1
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
<Directory />
  Require all granted
</Directory>
${directives}
`
}
