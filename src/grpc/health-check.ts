/** Where servers are asked whether they serve (grpc.health.v1, grpc/doc/health-checking.md). */
export const healthPath = '/grpc.health.v1.Health/Check'

const SERVING = 1
const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

/** The body of the request: a HealthCheckRequest, as a message of gRPC. Empty `service`: the whole server. */
export function healthRequest (service: string): Buffer {
  const name = Buffer.from(service)
  // Field 1, a string; its length is a varint, of two bytes from 128 on.
  const length = name.length < 128 ? [name.length] : [0x80 | (name.length & 0x7f), name.length >> 7]
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...length]), name])
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** What the answer says: whether the server serves, and that in words. `grpcStatus`: as its trailers have it. */
export function healthResult (body: Buffer, grpcStatus: string | undefined): { readonly passed: boolean, readonly detail: string } {
  if (grpcStatus === '12') return { passed: false, detail: 'it does not implement grpc.health.v1 (grpc-status 12)' }
  if (grpcStatus === '5') return { passed: false, detail: 'it does not know the service (grpc-status 5)' }
  if (grpcStatus !== '0') return { passed: false, detail: grpcStatus === undefined ? 'no grpc-status' : `grpc-status ${grpcStatus}` }
  const status = statusIn(body)
  return { passed: status === SERVING, detail: statuses[status] ?? `serving status ${status}` }
}

/** Field 1, a varint; the default of the enumeration is not sent. */
function statusIn (body: Buffer): number {
  for (let at = 5; at + 1 < body.length; at += 2) if (body[at] === 0x08) return body[at + 1]!
  return 0
}
