import type { MethodDefinition } from '@grpc/grpc-js'
import type { Codec } from './protobuf.ts'

/** A method that takes and gives one message each, unless it is said that it takes or gives a stream of them. */
export function method<Request, Response> (
  path: string,
  request: Codec<Request>,
  response: Codec<Response>,
  { requestStream = false, responseStream = false } = {}
): MethodDefinition<Request, Response> {
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: request.write,
    requestDeserialize: request.read,
    responseSerialize: response.write,
    responseDeserialize: response.read
  }
}
