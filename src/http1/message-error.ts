/** Why a message was refused. The codes are a contract: they go to logs and metrics and never change meaning. */
const sentences = {
  truncated: 'the connection ended before the message did',
  'invalid-method': 'the method is none that passes',
  'invalid-request-line': 'the request line is not that of HTTP/1.0 or HTTP/1.1',
  'invalid-version': 'the version is not HTTP/1.0 or HTTP/1.1',
  'tls-hello': 'the client speaks TLS, which is not spoken here',
  'http2-preface': 'the client speaks HTTP/2, which is not spoken here',
  'invalid-status-line': 'the status line is not that of HTTP/1.0 or HTTP/1.1',
  'invalid-status-code': 'the status code is not within 100 and 599',
  'invalid-line-end': 'a line does not end with CRLF',
  'invalid-field-name': 'a field line does not begin with a name and a colon',
  'invalid-field-value': 'a field value holds a control character',
  'too-many-fields': 'there are too many field lines',
  'head-too-large': 'the head is too large',
  'trailers-too-large': 'the trailer section is too large',
  'framing-in-trailers': 'the trailers say where the message ends',
  'invalid-content-length': 'Content-Length is not one decimal number',
  'invalid-transfer-encoding': 'Transfer-Encoding is not just chunked, or not allowed here',
  'ambiguous-framing': 'there are both Transfer-Encoding and Content-Length',
  'invalid-informational': 'an informational response announces a body',
  'too-many-informational': 'there are too many informational responses',
  'unexpected-upgrade': 'the backend switches protocols without being asked to',
  'invalid-upgrade': 'a switch of protocols does not say to which',
  'invalid-chunk-size': 'a chunk size is not a hexadecimal number, or too large',
  'invalid-chunk-extension': 'a chunk extension is malformed',
  'chunk-extensions-too-large': 'the chunk extensions are too large',
  'invalid-chunk-end': 'a chunk is not followed by CRLF'
} as const

export type MessageErrorCode = keyof typeof sentences

/**
 * A message that is not plainly HTTP/1.x. Its connection cannot be used any more.
 * Neither message nor properties hold anything the other side sent.
 */
export class MessageError extends Error {
  readonly code: MessageErrorCode

  constructor (code: MessageErrorCode) {
    super(sentences[code])
    this.name = 'MessageError'
    this.code = code
  }
}
