import cluster from 'node:cluster'
import createFastify from 'fastify'
import evenkeelClient from '../../src/client/fastify.ts'

/*
 * A program of three workers that share a port and register its url, as their owner writes it: each has a Fastify application
 * with the client. The test that has forked it tells it what to do with which of them.
 */

export interface ClusterOrder {
  readonly worker: number
  readonly action: 'close' | 'kill'
}

export interface ClusterNews {
  readonly worker: number
  readonly news: string
}

if (cluster.isPrimary) {
  const workers = Array.from({ length: 3 }, () => cluster.fork())
  for (const [index, worker] of workers.entries()) {
    const tell = (news: string): void => { if (process.connected) process.send?.({ worker: index, news } satisfies ClusterNews) }
    worker.on('message', tell)
    worker.once('exit', (code, signal) => { tell(`ended with ${signal ?? code}`) })
  }
  process.on('message', ({ worker, action }: ClusterOrder) => {
    if (action === 'kill') workers[worker]?.process.kill('SIGKILL')
    else workers[worker]?.send(action)
  })
  process.once('disconnect', () => {
    for (const worker of workers) worker.process.kill('SIGKILL')
    process.exit()
  })
} else {
  const say = (fields: object, msg: string): void => { process.send?.(`${msg} ${JSON.stringify(fields)}`) }
  const app = createFastify()
  const { GATEWAY: gateway = '', TTL_MS: ttlMs } = process.env
  app.register(evenkeelClient, { gateway, ttlMs: Number(ttlMs), log: { info () {}, warn: say, error: say } })
  app.get('/health', () => 'fine')
  app.get('/', () => String(process.pid))
  app.post('/', ({ body }) => body)
  app.get('/slow', async () => {
    await new Promise((resolve) => { setTimeout(resolve, 300) })
    return 'slow'
  })
  process.on('message', () => {
    app.close().then(() => { process.exit(0) }, (error: unknown) => { say({ error }, 'the close failed') })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
}
