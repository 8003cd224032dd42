import type { X509Certificate } from 'node:crypto'
import { distinguishedName } from './names.ts'

/** The certificate that a client has shown, and that an authority of ours has signed. */
export class ClientCertificate {
  readonly x509: X509Certificate
  /** As RFC 4514 writes it: the most specific name first. */
  readonly subject: string
  readonly dnsNames: readonly string[]
  /** Such as those of SPIFFE. */
  readonly uris: readonly string[]
  /** The field line that names it to backends, with its end. */
  readonly forwardedLine: string

  constructor (x509: X509Certificate) {
    this.x509 = x509
    this.subject = distinguishedName(x509.subject)
    const names = alternativeNames(x509.subjectAltName)
    this.dnsNames = names.flatMap(([type, name]) => type === 'DNS' ? [name] : [])
    this.uris = names.flatMap(([type, name]) => type === 'URI' ? [name] : [])
    this.forwardedLine = `X-Forwarded-Client-Cert: ${this.#forwarded()}\r\n`
  }

  /** SHA-256 of the certificate, in lower-case hex. */
  get fingerprint (): string {
    return this.x509.fingerprint256.replaceAll(':', '').toLowerCase()
  }

  get pem (): string {
    return this.x509.toString()
  }

  /** An element of X-Forwarded-Client-Cert as Envoy writes it. */
  #forwarded (): string {
    const pairs = [
      `Hash=${this.fingerprint}`,
      `Subject="${inQuotes(this.subject)}"`,
      ...this.uris.map((uri) => `URI=${quotedIfNeeded(uri)}`),
      ...this.dnsNames.map((name) => `DNS=${quotedIfNeeded(name)}`)
    ]
    return pairs.join(';')
  }
}

/** The names in the text in which Node gives a subjectAltName; it puts those with unusual characters in quotes, as JSON does. */
function alternativeNames (text = ''): Array<readonly [type: string, name: string]> {
  return [...text.matchAll(/(?:^|, )([\w ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, type = '', name = '']) =>
    [type, name.startsWith('"') ? JSON.parse(name) as string : name] as const)
}

/** What could end the element, or the pair. */
function quotedIfNeeded (value: string): string {
  return /^[!#-+\--:<>-~]+$/.test(value) && !value.includes('=') ? value : `"${inQuotes(value)}"`
}

/** What is not ASCII, which a header is, as the bytes of UTF-8 in hex, as RFC 4514 section 2.4 has it. */
function inQuotes (value: string): string {
  const ascii = value.replace(/[^ -~]+/g, (text) => {
    return [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  })
  return ascii.replace(/["\\]/g, '\\$&')
}
