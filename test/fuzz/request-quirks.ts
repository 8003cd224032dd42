import type { Reading } from '../http1/request-recorder.ts'
import type { ReferenceReading } from './request-reference.ts'

export interface RequestQuirk {
  readonly name: string
  /** Why we are right. */
  readonly reason: string
  explains (failure: string, ours: Reading, node: ReferenceReading, text: string): boolean
}

/** What `compareRequests` says if we would use a connection again that Node would not. */
export const NOT_REUSED = 'we would use the connection again, Node would not'

/** Where the parser of Node's server and ours differ and ours is right. Everything else is a bug of ours. */
export const requestQuirks: readonly RequestQuirk[] = [
  {
    name: 'Proxy-Connection',
    reason: 'RFC 9112 appendix C.2.2: it is no field of HTTP and says nothing about the connection. llhttp reads it as Connection.',
    explains: (failure, _ours, _node, text) => isOfConnection(failure) && /\nproxy-connection:/i.test(text)
  },
  {
    name: 'Connection in trailers',
    reason: 'RFC 9110 section 6.5.1: fields of the connection mean nothing there, and the policy drops them. llhttp reads them.',
    explains: (failure, ours) => isOfConnection(failure) && ours.requests.some(({ trailers }) => hasName(trailers, 'connection'))
  },
  {
    name: 'a tab after a connection option',
    reason: 'RFC 9110 section 5.6.3: HTAB is white space as SP is. llhttp does not recognize keep-alive before it.',
    explains: (failure, _ours, _node, text) => failure === NOT_REUSED && /\nconnection:.*\S[ ]*\t/i.test(text)
  }
]

function isOfConnection (failure: string): boolean {
  return failure === NOT_REUSED || failure.endsWith('HPE_CLOSED_CONNECTION')
}

function hasName (raw: readonly string[], lowerCase: string): boolean {
  return raw.some((name, i) => i % 2 === 0 && name.toLowerCase() === lowerCase)
}
