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

export function destroyed (): Error {
  return withCode(new Error('Cannot call write after a stream was destroyed'), 'ERR_STREAM_DESTROYED')
}

export function invalidReason (): Error {
  return withCode(new TypeError('Invalid character in statusMessage'), 'ERR_INVALID_CHAR')
}

export function invalidHeaders (): Error {
  return withCode(new TypeError('headers in a list must be names and values in turn'), 'ERR_INVALID_ARG_VALUE')
}
