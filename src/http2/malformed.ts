/** Why a message is malformed (RFC 9113 section 8.1.1). The codes are a contract: they go to logs and never change meaning. */
const sentences = {
  'invalid-field-name': 'a field name is no lower-case token',
  'invalid-field-value': 'a field value holds a control character, or blanks around it',
  'invalid-pseudo-header': 'a pseudo-header is unknown, repeated, missing or after other fields',
  'unended-trailers': 'a second field section comes that does not end the stream',
  'connection-field': 'a field belongs to the connection, which HTTP/2 has no fields for',
  'invalid-method': 'the method is no token',
  'invalid-scheme': 'the scheme is neither http nor https',
  'invalid-path': 'the path does not begin with a slash, or holds what no path can',
  'invalid-content-length': 'Content-Length is not one decimal number, or not the length of the body'
} as const

export type MalformedCode = keyof typeof sentences

/** A malformed message: its stream is reset with PROTOCOL_ERROR. The connection goes on. It holds nothing the other side sent. */
export class MalformedMessage extends Error {
  readonly code: MalformedCode

  constructor (code: MalformedCode) {
    super(sentences[code])
    this.name = 'MalformedMessage'
    this.code = code
  }
}
