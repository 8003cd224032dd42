/** What is wrong with bytes that are no HTTP/1.x response. Each is a failure of the backend. */
export type ResponseFault =
  | 'bad-status-line'
  | 'bad-header'
  | 'bad-content-length'
  | 'bad-transfer-encoding'
  | 'bad-chunk'
  | 'head-too-large'
  | 'too-many-informational'
  | 'unexpected-upgrade'
  | 'truncated'

/** Carries no byte of the backend's, so that it can go into a log as it is. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError'
  readonly fault: ResponseFault

  constructor (fault: ResponseFault) {
    super(`not a valid HTTP/1.x response: ${fault}`)
    this.fault = fault
  }
}
