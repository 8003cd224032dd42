import { lookup } from 'node:dns'
import type { TestContext } from 'node:test'
import { ConnectionPool, type PoolOptions } from '../../src/upstream/connection-pool.ts'
import type { UpstreamConnection } from '../../src/upstream/connection.ts'
import { FakeClock } from './clock.ts'

/** A pool of connections to `url`, on a clock that stands still. */
export function createPool (t: TestContext, url: string, options: Partial<Omit<PoolOptions, 'clock'>> = {}) {
  const clock = new FakeClock()
  const pool = new ConnectionPool(new URL(url), { connectTimeoutMs: 2000, keepAliveMs: 4000, lookup, ...options, clock })
  t.after(() => { pool.close() })
  return { pool, clock }
}

/**
 * Sends a GET of `path` and resolves with what it came to: the status and the body, or the failure and the code of its
 * error. The connection is idle, or closed, when it resolves. With `isSent` false, the request still goes on by then.
 */
export function get (connection: UpstreamConnection, path = '/', isSent = true): Promise<string> {
  return new Promise((resolve) => {
    let status = 0
    let body = ''
    connection.begin({
      onConnected () {
        connection.send(`GET ${path} HTTP/1.1\r\nHost: backend\r\n\r\n`, 'none')
        if (isSent) connection.end('')
        else connection.flush()
        connection.limit(30_000, 'response-timeout')
      },
      onHead (head) { status = head.statusCode },
      onResponseBody (bytes) { body += bytes.toString('latin1') },
      onComplete () { resolve(`${status} ${body}`) },
      onThrown (error) { resolve(String(error)) },
      onFailed ({ reason, detail }) { resolve(detail === undefined ? reason : `${reason} ${detail}`) },
      onInformational () {},
      onFlush () {},
      onRequestDrain () {},
      onTunnelBytes () {},
      onTunnelEnd () {}
    }, 'GET', false)
  })
}
