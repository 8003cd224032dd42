import { Duplex } from 'node:stream'
import { connect, type ConnectionOptions } from 'node:tls'
import type { Random } from '../fuzz/random.ts'

/** The ClientHello of OpenSSL with these options: what it says first. */
export async function helloOf (options: ConnectionOptions): Promise<Buffer> {
  return new Promise((resolve) => {
    const below = new Duplex({
      read () {},
      write (bytes: Buffer, _encoding, done) {
        resolve(bytes)
        done()
      }
    })
    connect({ socket: below, ...options }).on('error', () => {})
  })
}

/** A ClientHello with a few things changed. */
export function changedHello (bytes: Buffer, random: Random): Buffer {
  let result: Buffer = Buffer.from(bytes)
  for (let i = 1 + random.below(4); i > 0; i--) {
    // Lengths are what matters: half of the changes are where names and records are.
    const at = random.below(random.oneIn(2) ? Math.min(result.length, 60) : result.length)
    switch (random.below(5)) {
      case 0: result[at] = random.below(256); break
      case 1: result[at] = (result[at] ?? 0) ^ (1 << random.below(8)); break
      case 2: result = replaced(result, at, at, Buffer.alloc(random.below(20), random.below(256))); break
      case 3: result = replaced(result, at, at + random.below(20), Buffer.alloc(0)); break
      default: result = result.subarray(0, 1 + at)
    }
  }
  return result
}

function replaced (bytes: Buffer, from: number, to: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)])
}
