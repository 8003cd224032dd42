import type { Sample } from './generator.ts'
import type { Random } from './random.ts'

const tokens = [
  '\r\n', '\n', '\r', '\r\n\r\n', '\0', ' ', '\t', ':', ',', ';', '0', '\r\n ', '\x7f', '\xa0', '\xff', 'Content-Length: 5\r\n',
  'Content-Length: 0\r\n', 'Transfer-Encoding: chunked\r\n', 'Connection: close\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', '0\r\n\r\n',
  '5\r\nhello\r\n'
].map((text) => Buffer.from(text, 'latin1'))

/** `sample` with a few things changed; `others` are what it may be spliced with. */
export function mutate (sample: Sample, others: readonly Sample[], random: Random): Sample {
  let { bytes, method, upgrade } = sample
  for (let i = 1 + random.below(4); i > 0; i--) {
    const at = random.below(bytes.length + 1)
    const end = Math.min(bytes.length, at + 1 + random.below(random.oneIn(4) ? 40 : 3))
    switch (random.below(9)) {
      case 0: bytes = replace(bytes, at, Math.min(at + 1, bytes.length), Buffer.of((bytes[at] ?? 0) ^ (1 << random.below(8)))); break
      case 1: bytes = replace(bytes, at, Math.min(at + 1, bytes.length), Buffer.of(random.below(256))); break
      case 2: bytes = replace(bytes, at, at, random.pick(tokens)); break
      case 3: bytes = replace(bytes, at, end, Buffer.alloc(0)); break
      case 4: bytes = replace(bytes, at, at, bytes.subarray(at, end)); break
      case 5: bytes = duplicateLine(bytes, at); break
      case 6: bytes = replace(bytes, at, end, random.pick(tokens)); break
      case 7: bytes = splice(bytes, random.pick(others).bytes, random); break
      default:
        if (random.oneIn(2)) method = random.pick(['GET', 'HEAD'])
        else upgrade = !upgrade
    }
  }
  return { bytes, method, upgrade }
}

function replace (bytes: Buffer, from: number, to: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)])
}

function duplicateLine (bytes: Buffer, at: number): Buffer {
  const start = bytes.lastIndexOf('\n', at) + 1
  const end = bytes.indexOf('\n', start) + 1
  return end === 0 ? bytes : replace(bytes, end, end, bytes.subarray(start, end))
}

function splice (bytes: Buffer, other: Buffer, random: Random): Buffer {
  return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))])
}
