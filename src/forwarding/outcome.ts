import type { FastifyError } from '@fastify/error'
import type { Outcome } from '../backends/lease.ts'
import { BackendFailedError, BackendTimeoutError, OverloadedError, RequestTimeoutError } from '../errors.ts'
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
