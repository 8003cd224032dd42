/** Errors by the codes of Node, which frameworks and plugins go by. */
function withCode (error: Error, code: string): Error & { code: string } {
  return Object.assign(error, { code })
}

export function headersSent (action: 'set' | 'append' | 'remove' | 'write'): Error {
  return withCode(new Error(`Cannot ${action} headers after they are sent to the client`), 'ERR_HTTP_HEADERS_SENT')
}

export function invalidStatus (statusCode: unknown): Error {
  return withCode(new RangeError(`Invalid status code: ${String(statusCode)}`), 'ERR_HTTP_INVALID_STATUS_CODE')
}

export function alreadyEnded (): Error {
  return withCode(new Error('write after end'), 'ERR_STREAM_WRITE_AFTER_END')
}
