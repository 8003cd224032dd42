import createError, { type FastifyError } from '@fastify/error'
import { reasons } from './http/reasons.ts'

/*
 * The gateway's own error responses. An error code is a contract and is never reused for something else. The cause goes to
 * the log and never to the client.
 */

export const BadRequestError = createError<[]>('EVENKEEL_BAD_REQUEST', 'The request is malformed', 400)
export const TlsHelloError = createError<[]>('EVENKEEL_TLS_HELLO', 'This port speaks HTTP, not HTTPS', 400)
export const PlainHttpError = createError<[]>('EVENKEEL_PLAIN_HTTP', 'This port speaks HTTPS, not HTTP', 400)
export const Http2PrefaceError = createError<[]>('EVENKEEL_HTTP2_PREFACE', 'This port speaks HTTP/1.1, not HTTP/2', 400)
export const ClientCertificateError = createError<[]>(
  'EVENKEEL_CLIENT_CERTIFICATE', 'A certificate of the client is required, and must be signed by an authority that the gateway knows', 400
)
export const UnauthorizedError = createError<[]>('EVENKEEL_UNAUTHORIZED', 'A valid bearer token is required', 401)
export const NoRouteError = createError<[]>('EVENKEEL_NO_ROUTE', 'No route matches this request', 404)
export const AmbiguousPathError = createError<[]>(
  'EVENKEEL_AMBIGUOUS_PATH', 'The path can be read in several ways, which lead to different routes', 400
)
export const MethodNotAllowedError = createError<[]>('EVENKEEL_METHOD_NOT_ALLOWED', 'CONNECT is not supported', 405)
export const NotFoundError = createError<[]>('EVENKEEL_NOT_FOUND', 'Not found', 404)
export const RequestTimeoutError = createError<[]>('EVENKEEL_REQUEST_TIMEOUT', 'The request did not arrive in time', 408)
export const BodyTooLargeError = createError<[]>('EVENKEEL_BODY_TOO_LARGE', 'The request body is too large', 413)
export const MisdirectedError = createError<[]>(
  'EVENKEEL_MISDIRECTED', 'This connection was made for another host, whose clients show other certificates', 421
)
export const HeadersTooLargeError = createError<[]>('EVENKEEL_HEADERS_TOO_LARGE', 'The request headers are too large', 431)
export const InternalError = createError<[]>('EVENKEEL_INTERNAL', 'Internal error of the gateway', 500)
export const BackendFailedError = createError<[]>('EVENKEEL_BACKEND_FAILED', 'Every attempt to reach a backend failed', 502)
export const NoBackendError = createError<[reason: string]>('EVENKEEL_NO_BACKEND', 'No backend is in rotation: %s', 503)
export const OverloadedError = createError<[]>('EVENKEEL_OVERLOADED', 'The gateway is overloaded', 503)
export const BackendTimeoutError = createError<[]>('EVENKEEL_BACKEND_TIMEOUT', 'The backend did not respond in time', 504)
export const DeadlineError = createError<[]>('EVENKEEL_DEADLINE', 'The deadline of the call has passed', 504)
export const LoopError = createError<[]>('EVENKEEL_LOOP', 'The request has already passed through this gateway', 508)

// Errors of the admin API.
export const InvalidBodyError = createError<[problem: string]>('EVENKEEL_INVALID_BODY', '%s', 400)
export const CrossSiteError = createError<[]>('EVENKEEL_CROSS_SITE', 'Cross-site requests are not allowed', 403)
export const AddressNotAllowedError = createError<[address: string, problem: string]>(
  'EVENKEEL_ADDRESS_NOT_ALLOWED',
  '%s cannot be a backend: %s',
  403
)
export const BackendNotFoundError = createError<[id: string]>('EVENKEEL_BACKEND_NOT_FOUND', 'There is no backend "%s"', 404)
export const LeaseExpiredError = createError<[id: string]>('EVENKEEL_LEASE_EXPIRED', 'The backend "%s" has no lease; register again', 404)
export const BackendConfiguredError = createError<[name: string]>(
  'EVENKEEL_BACKEND_CONFIGURED',
  '"%s" is configured in BACKENDS: it can be drained, but not deleted',
  409
)
export const NameTakenError = createError<[service: string, name: string]>(
  'EVENKEEL_NAME_TAKEN',
  'Another backend of the service %s is named "%s"',
  409
)
export const RouteNotAllowedError = createError<[route: string]>(
  'EVENKEEL_ROUTE_NOT_ALLOWED',
  'The route %s is not in registration.allow of the configuration file',
  403
)
export const RouteTakenError = createError<[route: string, owner: string]>('EVENKEEL_ROUTE_TAKEN', 'The route %s is taken: %s', 409)
export const RouteNotFoundError = createError<[id: string]>('EVENKEEL_ROUTE_NOT_FOUND', 'There is no route "%s"', 404)
export const RouteInUseError = createError<[route: string, owner: string]>(
  'EVENKEEL_ROUTE_IN_USE',
  'The route %s cannot be deleted: %s',
  409
)
export const TooManyHoldersError = createError<[]>('EVENKEEL_TOO_MANY_HOLDERS', 'Too many processes have registered this url', 409)
export const BackendGoneError = createError<[id: string]>('EVENKEEL_BACKEND_GONE', 'The backend "%s" has left', 410)
export const TooManyAttemptsError = createError<[]>('EVENKEEL_TOO_MANY_ATTEMPTS', 'Too many wrong tokens; try again later', 429)
export const BeingReplacedError = createError<[]>(
  'EVENKEEL_BEING_REPLACED', 'The gateway is taking new settings or code: try again in a second', 503
)
export const NotSavedError = createError<[]>(
  'EVENKEEL_NOT_SAVED',
  'The change is in effect, but REGISTRY_FILE cannot be written: it will be lost on a restart',
  507
)

/** The body of every response that the gateway generates itself. */
export interface ErrorBody {
  readonly statusCode: number
  readonly code: string
  readonly error: string
  readonly message: string
}

export function errorBody (error: FastifyError): ErrorBody {
  const statusCode = error.statusCode ?? 500
  return { statusCode, code: error.code, error: reasons[statusCode] ?? '', message: error.message }
}
