import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from './free-ports.ts'
import { program } from './program.ts'
import { startService } from './service.ts'
import { tempDir } from './temp-dir.ts'

/** Starts an nginx of the test's own that serves `files`, with `directives` for all of them. Gives its url. */
export async function startNginx (t: TestContext, files: Readonly<Record<string, Buffer>>, directives: string): Promise<string> {
  const dir = tempDir(t)
  const root = join(dir, 'root')
  const [port] = await freePorts(1)
  mkdirSync(root)
  writeFileSync(join(root, 'health'), 'ok\n')
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes)
  writeFileSync(join(dir, 'nginx.conf'), configuration(dir, Number(port), directives))
  const url = `http://127.0.0.1:${port}`
  await startService(t, program('nginx'), ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], {
    cwd: dir,
    readyUrl: `${url}/health`,
    logFile: join(dir, 'error.log'),
    endSignal: 'SIGQUIT'
  })
  return url
}

function configuration (dir: string, port: number, directives: string): string {
  // Its workers read what root alone may see.
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`).join('\n  ')
  return `
${user}
daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log warn;
events {}
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port};
    root ${dir}/root;
    ${directives}
  }
}
`
}
