import { empty, inputResponse, outputRequest, simpleRequest, withPayload } from './interop-messages.ts'
import { method } from './method.ts'

const service = '/grpc.testing.TestService'

/** The methods of grpc.testing.TestService that the cases here call, but for the one that no server has. */
export const testService = {
  EmptyCall: method(`${service}/EmptyCall`, empty, empty),
  UnaryCall: method(`${service}/UnaryCall`, simpleRequest, withPayload),
  StreamingInputCall: method(`${service}/StreamingInputCall`, withPayload, inputResponse, { requestStream: true }),
  StreamingOutputCall: method(`${service}/StreamingOutputCall`, outputRequest, withPayload, { responseStream: true }),
  FullDuplexCall: method(`${service}/FullDuplexCall`, outputRequest, withPayload, { requestStream: true, responseStream: true })
}

export const unimplementedMethod = method(`${service}/UnimplementedCall`, empty, empty)
export const methodOfUnimplementedService = method('/grpc.testing.UnimplementedService/UnimplementedCall', empty, empty)

/** A server sends the value of this field back with its headers. */
export const echoInitial = 'x-grpc-test-echo-initial'
/** And the value of this one, which is binary, with its trailers. */
export const echoTrailing = 'x-grpc-test-echo-trailing-bin'
/**
 * A stream with this field is not answered when its client half-closes. It is not of grpc's list: a grpc-js client that cancels half-closes
 * first, and the server could take the call for complete before it is reset.
 */
export const hold = 'x-evenkeel-test-hold'
