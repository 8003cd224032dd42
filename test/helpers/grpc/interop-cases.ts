import assert from 'node:assert/strict'
import { Metadata, status } from '@grpc/grpc-js'
import type { Ended, InteropClient } from './interop-client.ts'
import type { WithPayload } from './interop-messages.ts'
import { echoInitial, echoTrailing, hold, methodOfUnimplementedService, testService, unimplementedMethod } from './interop-service.ts'

/*
 * The cases of grpc's doc/interop-test-descriptions.md that need neither credentials of a cloud, compression nor a cache, by their names
 * there. Each throws where it does not hold.
 */

const { EmptyCall, UnaryCall, StreamingInputCall, StreamingOutputCall, FullDuplexCall } = testService
const largeRequest = { responseSize: 314_159, payload: zeros(271_828) }
const requestSizes = [27_182, 8, 1828, 45_904]
const responseSizes = [31_415, 9, 2653, 58_979]
const whitespaceAndUnicode = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP \u{1F608}\t\n'

async function emptyUnary (client: InteropClient): Promise<void> {
  assert.deepEqual(responsesOf(await client.call(EmptyCall, [{}])), [{}])
}

async function largeUnary (client: InteropClient): Promise<void> {
  assertZeros(await client.call(UnaryCall, [largeRequest]), [314_159])
}

async function clientStreaming (client: InteropClient): Promise<void> {
  const ended = await client.call(StreamingInputCall, requestSizes.map((size) => ({ payload: zeros(size) })))
  assert.deepEqual(responsesOf(ended), [{ totalSize: 74_922 }])
}

async function serverStreaming (client: InteropClient): Promise<void> {
  assertZeros(await client.call(StreamingOutputCall, [{ responseSizes }]), responseSizes)
}

/** Each message goes out after the response to the one before it: nothing on the way may collect them. */
async function pingPong (client: InteropClient): Promise<void> {
  const call = client.start(FullDuplexCall)
  for (const [i, size] of requestSizes.entries()) {
    const response = call.next()
    call.send({ responseSizes: responseSizes.slice(i, i + 1), payload: zeros(size) })
    await response
  }
  call.halfClose()
  assertZeros(await call.ended, responseSizes)
}

async function emptyStream (client: InteropClient): Promise<void> {
  assertZeros(await client.call(FullDuplexCall, []), [])
}

async function statusCodeAndMessage (client: InteropClient): Promise<void> {
  const request = { status: { code: status.UNKNOWN, message: 'test status message' } }
  assertFailed(await client.call(UnaryCall, [request]), status.UNKNOWN, 'test status message')
  assertFailed(await client.call(FullDuplexCall, [request]), status.UNKNOWN, 'test status message')
}

async function specialStatusMessage (client: InteropClient): Promise<void> {
  const ended = await client.call(UnaryCall, [{ status: { code: status.UNKNOWN, message: whitespaceAndUnicode } }])
  assertFailed(ended, status.UNKNOWN, whitespaceAndUnicode)
}

async function unimplementedMethodCase (client: InteropClient): Promise<void> {
  assertFailed(await client.call(unimplementedMethod, [{}]), status.UNIMPLEMENTED)
}

async function unimplementedServiceCase (client: InteropClient): Promise<void> {
  assertFailed(await client.call(methodOfUnimplementedService, [{}]), status.UNIMPLEMENTED)
}

async function customMetadata (client: InteropClient): Promise<void> {
  const metadata = new Metadata()
  metadata.set(echoInitial, 'test_initial_metadata_value')
  metadata.set(echoTrailing, Buffer.from('ababab', 'hex'))
  for (const ended of [
    await client.call(UnaryCall, [largeRequest], metadata),
    await client.call(FullDuplexCall, [{ responseSizes: [314_159], payload: zeros(271_828) }], metadata)
  ]) {
    assertZeros(ended, [314_159])
    assert.deepEqual(ended.headers?.get(echoInitial), ['test_initial_metadata_value'])
    assert.deepEqual(ended.trailers.get(echoTrailing), [Buffer.from('ababab', 'hex')])
  }
}

/** A client cancels by itself: that the call had begun shows in the headers that it got, before it sent any message. */
async function cancelAfterBegin (client: InteropClient): Promise<void> {
  const metadata = new Metadata()
  metadata.set(echoInitial, 'begun')
  metadata.set(hold, 'yes')
  const call = client.start(StreamingInputCall, { metadata })
  assert.deepEqual((await call.begun).get(echoInitial), ['begun'])
  call.cancel()
  assertFailed(await call.ended, status.CANCELLED)
}

async function cancelAfterFirstResponse (client: InteropClient): Promise<void> {
  const metadata = new Metadata()
  metadata.set(hold, 'yes')
  const call = client.start(FullDuplexCall, { metadata })
  const response = call.next()
  call.send({ responseSizes: [31_415], payload: zeros(27_182) })
  assert.equal((await response).payload.length, 31_415)
  call.cancel()
  assertFailed(await call.ended, status.CANCELLED)
}

async function timeoutOnSleepingServer (client: InteropClient): Promise<void> {
  const call = client.start(FullDuplexCall, { timeoutMs: 1 })
  call.send({ payload: zeros(27_182) })
  assertFailed(await call.ended, status.DEADLINE_EXCEEDED)
}

export const interopCases = {
  empty_unary: emptyUnary,
  large_unary: largeUnary,
  client_streaming: clientStreaming,
  server_streaming: serverStreaming,
  ping_pong: pingPong,
  empty_stream: emptyStream,
  status_code_and_message: statusCodeAndMessage,
  special_status_message: specialStatusMessage,
  unimplemented_method: unimplementedMethodCase,
  unimplemented_service: unimplementedServiceCase,
  custom_metadata: customMetadata,
  cancel_after_begin: cancelAfterBegin,
  cancel_after_first_response: cancelAfterFirstResponse,
  timeout_on_sleeping_server: timeoutOnSleepingServer
} satisfies Record<string, (client: InteropClient) => Promise<void>>

export type InteropCase = keyof typeof interopCases

function zeros (size: number): Buffer {
  return Buffer.alloc(size)
}

/** The responses of a call that has succeeded. */
function responsesOf<Response> ({ code, message, responses }: Ended<Response>): readonly Response[] {
  assert.deepEqual({ code, message }, { code: status.OK, message: 'OK' })
  return responses
}

function assertZeros (ended: Ended<WithPayload>, sizes: readonly number[]): void {
  const payloads = responsesOf(ended).map(({ payload }) => payload)
  assert.deepEqual(payloads.map(({ length }) => length), sizes)
  assert.ok(payloads.every((payload) => payload.equals(zeros(payload.length))))
}

/** Without a message any will do. */
function assertFailed ({ code, message }: Ended<unknown>, expected: status, expectedMessage = message): void {
  assert.deepEqual({ code, message }, { code: expected, message: expectedMessage })
}
