import { createCipheriv } from 'node:crypto'

/** Bytes that no program can compress, the same for the same seed. */
export function noise (bytes: number, seed = 0): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(bytes))
}
