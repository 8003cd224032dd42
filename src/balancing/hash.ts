/** 64 bits of hash of a text, as two integers of 32 bits. */
export interface TextHash {
  readonly a: number
  readonly b: number
}

/**
 * FNV-1a over the UTF-16 units, once with FNV's prime and once with another odd factor. Fast; no secret, so no defence
 * against chosen texts.
 */
export function hashText (text: string): TextHash {
  let a = 0x811c9dc5
  let b = 0xcbf29ce4
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x85ebca6b)
  }
  return { a: finish(a), b: finish(b) }
}

/** One number between 0 and 1, neither of them included, for a pair of texts. */
export function mixHashes (one: TextHash, other: TextHash): number {
  return ((finish(finish(one.a ^ other.a) ^ one.b ^ other.b) >>> 0) + 0.5) / 2 ** 32
}

/** MurmurHash3's finalizer for 32 bits: each bit of `h` changes about half of the result's. */
function finish (h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
