import type { FastifyError } from '@fastify/error'
import type { Outcome } from '../services/attempt.ts'
import { BackendFailedError, BackendTimeoutError, BadRequestError, BodyTooLargeError, InternalError, OverloadedError, RequestTimeoutError } from '../errors.ts'
import type { Failure } from '../upstream/failure.ts'

/** An idle tunnel has served its purpose. */
export function outcomeOf (failure: Failure): Outcome {
  if (failure === 'tunnel-timeout') return 'success'
  return failure === 'client-timeout' ? 'client-abort' : 'backend-failure'
}

/** What a client is told when its request is not sent again. */
export function errorFor (failure: Failure): FastifyError {
  if (failure === 'response-timeout') return new BackendTimeoutError()
  if (failure === 'client-timeout') return new RequestTimeoutError()
  if (failure === 'exhausted') return new OverloadedError()
  return new BackendFailedError()
}

/** What a client is told when the stream fails that a hook has put in place of its body: mostly the body cannot be decoded. */
export function bodyErrorFor (error: unknown): FastifyError {
  const statusCode = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 400
  if (statusCode === 413) return new BodyTooLargeError()
  return statusCode < 500 ? new BadRequestError() : new InternalError()
}
