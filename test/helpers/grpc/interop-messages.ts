import { bytesIn, numberIn, readFields, writeFields, type Codec } from './protobuf.ts'

/*
 * The messages of grpc.testing.TestService (messages.proto of grpc), without the fields that the cases here do not use. A payload is its
 * body alone.
 */

export interface EchoStatus {
  readonly code: number
  readonly message: string
}

export interface SimpleRequest {
  /** Bytes of the response's payload. */
  readonly responseSize?: number | undefined
  readonly payload?: Buffer | undefined
  /** How the call is to end instead. */
  readonly status?: EchoStatus | undefined
}

export interface OutputRequest {
  /** Bytes of the payload of each response. */
  readonly responseSizes?: readonly number[] | undefined
  readonly payload?: Buffer | undefined
  readonly status?: EchoStatus | undefined
}

/** Of SimpleResponse, StreamingInputCallRequest and StreamingOutputCallResponse, which are alike on the wire. */
export interface WithPayload {
  readonly payload: Buffer
}

export interface InputResponse {
  /** Bytes of all payloads of the requests. */
  readonly totalSize: number
}

const nothing = Buffer.alloc(0)

export const empty: Codec<object> = {
  write: () => nothing,
  read (bytes) {
    if (bytes.length > 0) throw new Error(`an empty message of ${bytes.length} bytes`)
    return {}
  }
}

export const simpleRequest: Codec<SimpleRequest> = {
  write: ({ responseSize = 0, payload = nothing, status }) => writeFields([
    [2, responseSize], [3, writePayload(payload)], [7, writeStatus(status)]
  ]),
  read (bytes) {
    const fields = readFields(bytes)
    return { responseSize: numberIn(fields, 2), payload: readPayload(bytesIn(fields, 3)), status: readStatus(bytesIn(fields, 7)) }
  }
}

export const outputRequest: Codec<OutputRequest> = {
  write: ({ responseSizes = [], payload = nothing, status }) => writeFields([
    ...responseSizes.map((size) => [2, writeFields([[1, size]])] as const), [3, writePayload(payload)], [7, writeStatus(status)]
  ]),
  read (bytes) {
    const fields = readFields(bytes)
    const responseSizes = bytesIn(fields, 2).map((parameters) => numberIn(readFields(parameters), 1))
    return { responseSizes, payload: readPayload(bytesIn(fields, 3)), status: readStatus(bytesIn(fields, 7)) }
  }
}

export const withPayload: Codec<WithPayload> = {
  write: ({ payload }) => writeFields([[1, writePayload(payload)]]),
  read: (bytes) => ({ payload: readPayload(bytesIn(readFields(bytes), 1)) })
}

export const inputResponse: Codec<InputResponse> = {
  write: ({ totalSize }) => writeFields([[1, totalSize]]),
  read: (bytes) => ({ totalSize: numberIn(readFields(bytes), 1) })
}

function writePayload (body: Buffer): Buffer {
  return writeFields([[2, body]])
}

function readPayload ([bytes = nothing]: readonly Buffer[]): Buffer {
  return bytesIn(readFields(bytes), 2)[0] ?? nothing
}

function writeStatus (status: EchoStatus | undefined): Buffer {
  return status === undefined ? nothing : writeFields([[1, status.code], [2, Buffer.from(status.message)]])
}

function readStatus ([bytes]: readonly Buffer[]): EchoStatus | undefined {
  if (bytes === undefined) return undefined
  const fields = readFields(bytes)
  return { code: numberIn(fields, 1), message: bytesIn(fields, 2)[0]?.toString() ?? '' }
}
