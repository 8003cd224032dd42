/* ASN.1 as DER (X.690) writes it: as much of it as certificates and requests for them need. */

export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const OID = 0x06
export const UTF8_STRING = 0x0c
export const GENERALIZED_TIME = 0x18
export const SEQUENCE = 0x30
export const SET = 0x31
const BOOLEAN = 0x01

/** A value with its tag and length; up to 65,535 bytes. */
export function der (tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

/** An object identifier whose content is given in hex. */
export function oid (hex: string): Buffer {
  return der(OID, Buffer.from(hex, 'hex'))
}

/** Bits that are whole bytes. */
export function bitString (bytes: Buffer): Buffer {
  return der(BIT_STRING, Buffer.from([0]), bytes)
}

/** An extension of a certificate (RFC 5280 section 4.1). */
export function extension (id: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [der(BOOLEAN, Buffer.from([255]))] : []
  return der(SEQUENCE, oid(id), ...critical, der(OCTET_STRING, value))
}

/** As PEM: `label` is what stands in its first line, such as CERTIFICATE. */
export function pem (label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) as string[]
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

export interface DerValue {
  readonly tag: number
  readonly content: Buffer
}

/** The values that follow one another in these bytes, such as those in the content of a sequence. Throws where they are not DER. */
export function derValues (bytes: Buffer): DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at)
    let length = bytes.readUInt8(at + 1)
    at += 2
    if (length >= 128) {
      const size = length & 127
      length = bytes.readUIntBE(at, size)
      at += size
    }
    if (at + length > bytes.length) throw new RangeError('a value is longer than what holds it')
    values.push({ tag, content: bytes.subarray(at, at + length) })
    at += length
  }
  return values
}
