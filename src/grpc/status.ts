import type { Fields } from '../http/fields.ts'

/** Codes of grpc/doc/statuscodes.md that the gateway itself answers with, or judges backends by. */
export const UNKNOWN = 2
export const DEADLINE_EXCEEDED = 4
const PERMISSION_DENIED = 7
const RESOURCE_EXHAUSTED = 8
const UNIMPLEMENTED = 12
const INTERNAL = 13
const UNAVAILABLE = 14
const DATA_LOSS = 15
const UNAUTHENTICATED = 16

/** The highest code that there is. */
export const highestStatus = UNAUTHENTICATED

/**
 * What a client of gRPC makes of a status of HTTP (grpc/doc/http-grpc-status-mapping.md), but for those that gRPC has a better
 * word for: a body or a head that is too large, too many requests, and a request that did not arrive in time.
 */
const byHttpStatus: Readonly<Record<number, number>> = {
  400: INTERNAL,
  401: UNAUTHENTICATED,
  403: PERMISSION_DENIED,
  404: UNIMPLEMENTED,
  408: DEADLINE_EXCEEDED,
  413: RESOURCE_EXHAUSTED,
  429: RESOURCE_EXHAUSTED,
  431: RESOURCE_EXHAUSTED,
  500: INTERNAL,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
  508: INTERNAL
}

export function statusForHttp (statusCode: number): number {
  return byHttpStatus[statusCode] ?? UNKNOWN
}

/** The status in these headers or trailers; undefined where there is none. One that is no number is UNKNOWN, as for clients. */
export function statusIn (fields: Fields): number | undefined {
  const value = fields.get('grpc-status')
  if (value === undefined) return undefined
  return /^\d{1,3}$/.test(value) ? Number(value) : UNKNOWN
}

/** Whether a status says that the backend has failed, as a 5xx does. All others are about the request, or what it asks for. */
export function isBackendError (status: number | undefined): boolean {
  return status === UNAVAILABLE || status === INTERNAL || status === UNKNOWN || status === DATA_LOSS
}

/** A text as `grpc-message` has it: percent-encoded (grpc/doc/PROTOCOL-HTTP2.md, Responses). */
export function encodedMessage (text: string): string {
  let encoded = ''
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}
