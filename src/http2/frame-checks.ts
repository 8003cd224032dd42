import { ConnectionError } from './errors.ts'
import { PADDED } from './frame-types.ts'

/** The payload without the padding and the `skipped` bytes that come first (RFC 9113 sections 6.1 and 6.2). */
export function unpadded (flags: number, payload: Buffer, skipped: number): Buffer {
  const start = (flags & PADDED) === 0 ? skipped : skipped + 1
  hasLength(payload.length >= start)
  const padding = (flags & PADDED) === 0 ? 0 : payload[0]!
  if (start + padding > payload.length) throw new ConnectionError('invalid-padding')
  return payload.subarray(start, payload.length - padding)
}

/** The stream that another one depends on (RFC 7540 section 6.3). */
export function dependency (payload: Buffer, at: number): number {
  return payload.readUInt32BE(at) & 0x7fff_ffff
}

/** Throws a ConnectionError where there is no stream. */
export function onStream (streamId: number): void {
  if (streamId === 0) throw new ConnectionError('stream-expected')
}

/** Throws a ConnectionError where there is a stream. */
export function onConnection (streamId: number): void {
  if (streamId !== 0) throw new ConnectionError('stream-unexpected')
}

/** Throws a ConnectionError (RFC 9113 section 4.2). */
export function hasLength (isRight: boolean): void {
  if (!isRight) throw new ConnectionError('invalid-frame-length')
}
