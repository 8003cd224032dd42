import { STATUS_CODES } from 'node:http'
import createError, { type FastifyError } from '@fastify/error'

/*
 * What a client is told when the gateway itself answers. A code is a contract and never used again for something else.
 * The cause goes to the log and never to the client.
 */

export const BadRequestError = createError<[]>('EVENKEEL_BAD_REQUEST', 'The request is malformed', 400)
export const UnauthorizedError = createError<[]>('EVENKEEL_UNAUTHORIZED', 'A valid bearer token is needed', 401)
export const MethodNotAllowedError = createError<[]>('EVENKEEL_METHOD_NOT_ALLOWED', 'This method is not for a gateway', 405)
export const NotFoundError = createError<[]>('EVENKEEL_NOT_FOUND', 'There is nothing here', 404)
export const RequestTimeoutError = createError<[]>('EVENKEEL_REQUEST_TIMEOUT', 'The request did not arrive in time', 408)
export const BodyTooLargeError = createError<[]>('EVENKEEL_BODY_TOO_LARGE', 'The body of the request is too large', 413)
export const HeadersTooLargeError = createError<[]>('EVENKEEL_HEADERS_TOO_LARGE', 'The head of the request is too large', 431)
export const InternalError = createError<[]>('EVENKEEL_INTERNAL', 'The gateway failed', 500)
export const BackendFailedError = createError<[]>('EVENKEEL_BACKEND_FAILED', 'Every attempt to reach a backend failed', 502)
export const NoBackendError = createError<[reason: string]>('EVENKEEL_NO_BACKEND', 'No backend is in rotation: %s', 503)
export const OverloadedError = createError<[]>('EVENKEEL_OVERLOADED', 'All backends are busy', 503)
export const BackendTimeoutError = createError<[]>('EVENKEEL_BACKEND_TIMEOUT', 'The backend did not answer in time', 504)
export const LoopError = createError<[]>('EVENKEEL_LOOP', 'The request has been through this gateway before', 508)

/** The body of every answer that the gateway gives by itself. */
export interface ErrorBody {
  readonly statusCode: number
  readonly code: string
  readonly error: string
  readonly message: string
}

export function errorBody (error: FastifyError): ErrorBody {
  const statusCode = error.statusCode ?? 500
  return { statusCode, code: error.code, error: STATUS_CODES[statusCode] ?? '', message: error.message }
}
