import type { FastifyError } from '@fastify/error'
import type { Outcome } from '../services/attempt.ts'
import {
  BackendFailedError, BackendTimeoutError, BadRequestError, BodyTooLargeError, InternalError, OverloadedError, RequestTimeoutError
} from '../errors.ts'
import { partyOf, type Failure, type Party } from '../upstream/failure.ts'

const outcomes: Readonly<Record<Party, Outcome>> = {
  backend: 'backend-failure',
  client: 'client-abort',
  gateway: 'gateway-failure'
}

/** The client's `grpc-timeout` has passed before the backend's response was whole. */
export const deadlinePassed: Failure = { party: partyOf('deadline'), reason: 'deadline', isStale: false, detail: undefined }

/** An idle tunnel has served its purpose. */
export function outcomeOf ({ party, reason }: Failure): Outcome {
  return reason === 'tunnel-timeout' ? 'success' : outcomes[party]
}

/** What a client is told when its request is not sent again. */
export function errorFor ({ reason }: Failure): FastifyError {
  if (reason === 'response-timeout') return new BackendTimeoutError()
  if (reason === 'client-timeout') return new RequestTimeoutError()
  if (reason === 'exhausted') return new OverloadedError()
  return new BackendFailedError()
}

/** What a client is told when the stream fails that a hook has put in place of its body: mostly the body cannot be decoded. */
export function bodyErrorFor (error: unknown): FastifyError {
  const statusCode = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 400
  if (statusCode === 413) return new BodyTooLargeError()
  return statusCode < 500 ? new BadRequestError() : new InternalError()
}
