/** A field of a protobuf message: its number and a varint, or bytes (text and inner messages are bytes as well). */
export type Field = readonly [number: number, value: number | Buffer]

/** How a message is written and read. */
export interface Codec<Message> {
  readonly write: (message: Message) => Buffer
  readonly read: (bytes: Buffer) => Message
}

const varintType = 0
const bytesType = 2

/** Writes these fields in order. Zeros and empty bytes are the defaults of proto3 and are left out. Integers are below 2^53. */
export function writeFields (fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([number, value]) => {
    if (typeof value === 'number') return value === 0 ? [] : [varint(number * 8 + varintType), varint(value)]
    return value.length === 0 ? [] : [varint(number * 8 + bytesType), varint(value.length), value]
  }))
}

/** Reads varints and bytes, in order. Throws at any other type, which no message of the tests has, and where bytes are missing. */
export function readFields (bytes: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = readVarint()
    const value = readVarint()
    if (tag % 8 === varintType) fields.push([Math.floor(tag / 8), value])
    else if (tag % 8 === bytesType) fields.push([Math.floor(tag / 8), take(value)])
    else throw new Error(`a protobuf field of type ${tag % 8}`)
  }
  return fields

  function readVarint (): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = take(1)[0] as number
      value += byte % 128 * scale
      if (byte < 128) return value
    }
  }

  function take (length: number): Buffer {
    if (at + length > bytes.length) throw new Error('a protobuf message that is cut off')
    at += length
    return bytes.subarray(at - length, at)
  }
}

/** The last value of a field that is a number; 0 where it is not there. */
export function numberIn (fields: readonly Field[], number: number): number {
  const value = fields.findLast(([name]) => name === number)?.[1] ?? 0
  if (typeof value !== 'number') throw new Error(`the protobuf field ${number} is not a number`)
  return value
}

/** All values of a field that is text, bytes or a message. */
export function bytesIn (fields: readonly Field[], number: number): Buffer[] {
  return fields.filter(([name]) => name === number).map(([, value]) => {
    if (typeof value === 'number') throw new Error(`the protobuf field ${number} is a number`)
    return value
  })
}

function varint (value: number): Buffer {
  const bytes: number[] = []
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128)
  return Buffer.from([...bytes, value])
}
