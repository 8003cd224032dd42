import { HpackError } from './hpack-error.ts'

/**
 * RFC 7541 appendix B: how many bits the code of each byte has, and at last that of EOS. The codes follow from that, since they
 * are canonical: in the order of length, then of value, each is one more than the one before.
 */
const bitLengths = Uint8Array.from([
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30
])

const EOS = 256
const codes = canonicalCodes()

function canonicalCodes (): Uint32Array {
  const symbols = Array.from(bitLengths.keys()).sort((a, b) => bitLengths[a]! - bitLengths[b]! || a - b)
  const result = new Uint32Array(bitLengths.length)
  let code = 0
  let bits = 0
  for (const symbol of symbols) {
    code <<= bitLengths[symbol]! - bits
    bits = bitLengths[symbol]!
    result[symbol] = code++
  }
  return result
}

/*
 * The decoder is a machine whose states are the inner nodes of the code's tree. It takes four bits a step: no code is shorter
 * than five, so a step ends at most one symbol.
 */
const SYMBOL_SHIFT = 8
const ENDS_SYMBOL = 1 << 16
const FAILS = 1 << 17
const { steps, mayEnd } = decodingMachine()

function decodingMachine (): { steps: Uint32Array, mayEnd: Uint8Array } {
  // A child is an inner node, or ~symbol for a leaf; 0, the root, is nobody's child.
  const children = new Int32Array(2 * EOS)
  const mayEnd = new Uint8Array(EOS)
  let nodes = 1
  for (let symbol = 0; symbol <= EOS; symbol++) {
    let node = 0
    for (let bit = bitLengths[symbol]! - 1; bit > 0; bit--) {
      const child = 2 * node + ((codes[symbol]! >>> bit) & 1)
      if (children[child] === 0) children[child] = nodes++
      node = children[child]!
    }
    children[2 * node + (codes[symbol]! & 1)] = ~symbol
  }
  // Section 5.2: padding is the beginning of EOS, which is all ones, and shorter than a byte.
  for (let node = 0, bits = 0; bits < 8; bits++, node = children[2 * node + 1]!) mayEnd[node] = 1

  const steps = new Uint32Array(16 * EOS)
  for (let state = 0; state < EOS; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state
      let step = 0
      for (let bit = 3; bit >= 0; bit--) {
        const child = children[2 * node + ((nibble >>> bit) & 1)]!
        node = Math.max(child, 0)
        if (child < 0) step |= ~child === EOS ? FAILS : ENDS_SYMBOL | (~child << SYMBOL_SHIFT)
      }
      steps[16 * state + nibble] = step | node
    }
  }
  return { steps, mayEnd }
}

let scratch = Buffer.allocUnsafe(1024)

/** Decodes the bytes from `from` to `to` into latin1; no more than `maxLength` characters, else `fields-too-large`. */
export function decodeHuffman (bytes: Uint8Array, from: number, to: number, maxLength: number): string {
  // Each character takes five bits or more.
  const longest = Math.min(maxLength, ((to - from) * 8 / 5) | 0) + 2
  if (longest > scratch.length) scratch = Buffer.allocUnsafe(longest)
  let state = 0
  let length = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    const first = steps[16 * state + (byte >>> 4)]!
    if ((first & ENDS_SYMBOL) !== 0) scratch[length++] = first >>> SYMBOL_SHIFT
    const second = steps[16 * (first & 0xff) + (byte & 15)]!
    if ((second & ENDS_SYMBOL) !== 0) scratch[length++] = second >>> SYMBOL_SHIFT
    if (((first | second) & FAILS) !== 0) throw new HpackError('invalid-huffman')
    if (length > maxLength) throw new HpackError('fields-too-large')
    state = second & 0xff
  }
  if (mayEnd[state] === 0) throw new HpackError('invalid-huffman')
  return scratch.toString('latin1', 0, length)
}

/** How many bytes the latin1 text takes in the code. Throws a RangeError for characters beyond latin1, which cannot be sent. */
export function huffmanLength (text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255) throw new RangeError('a field holds characters that cannot be sent')
    bits += bitLengths[code]!
  }
  return (bits + 7) >>> 3
}

/** Writes the latin1 text in the code, padded with ones; returns the position after it. */
export function writeHuffman (text: string, target: Uint8Array, at: number): number {
  let pending = 0
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i)
    const code = codes[symbol]!
    // At most 16 bits at once: up to 7 wait already, and there are 32.
    for (let left = bitLengths[symbol]!; left > 0;) {
      const taken = Math.min(left, 16)
      left -= taken
      pending = (pending << taken) | ((code >>> left) & ((1 << taken) - 1))
      for (bits += taken; bits >= 8;) {
        bits -= 8
        target[at++] = pending >>> bits
      }
      pending &= (1 << bits) - 1
    }
  }
  if (bits > 0) target[at++] = (pending << (8 - bits)) | (0xff >>> bits)
  return at
}
