import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the range from which systems take the ports of outgoing connections: such a port can be taken while the backend that
 * listens there is down, and whoever connects to it from itself would talk to itself.
 */
const first = 18_000
const last = 29_000

let next = first + process.pid % (last - first)

/** A port of the loopback that nobody listens at, and that was not given before. */
export async function freePort (): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = next
    next = next >= last ? first : next + 1
    if (await isFree(port)) return port
  }
  throw new Error(`no free port from ${first} to ${last} was found in 100 tries`)
}

async function isFree (port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
