import { X509Certificate } from 'node:crypto'
import { derValues, OCTET_STRING, OID, SEQUENCE } from '../base/der.ts'

const authorityKeyIdentifier = '551d23'

/** The id of a certificate for RenewalInfo (RFC 9773 section 4.1); undefined where it does not name its CA's key. */
export function certificateId (pem: string): string | undefined {
  const { raw, serialNumber } = new X509Certificate(pem)
  const authority = authorityKeyIn(raw)
  if (authority === undefined) return undefined
  const hex = serialNumber.length % 2 === 0 ? serialNumber : `0${serialNumber}`
  // As in DER, where the first bit would make it negative.
  const serial = Buffer.from(/^[89a-f]/i.test(hex) ? `00${hex}` : hex, 'hex')
  return `${authority.toString('base64url')}.${serial.toString('base64url')}`
}

function authorityKeyIn (certificate: Buffer): Buffer | undefined {
  const [signedPart] = derValues(derValues(certificate)[0]!.content)
  const extensions = derValues(signedPart!.content).find(({ tag }) => tag === 0xa3)
  if (extensions === undefined) return undefined
  for (const { content } of derValues(derValues(extensions.content)[0]!.content)) {
    const parts = derValues(content)
    const isIt = parts.some((part) => part.tag === OID && part.content.toString('hex') === authorityKeyIdentifier)
    const value = isIt ? parts.find(({ tag }) => tag === OCTET_STRING) : undefined
    const sequence = value && derValues(value.content).find(({ tag }) => tag === SEQUENCE)
    // [0] keyIdentifier (RFC 5280 section 4.2.1.1).
    if (sequence !== undefined) return derValues(sequence.content).find(({ tag }) => tag === 0x80)?.content
  }
  return undefined
}
