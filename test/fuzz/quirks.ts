import type { Outcome } from '../http1/response-recorder.ts'
import type { ReferenceOutcome } from './reference.ts'

export interface Quirk {
  readonly name: string
  /** Why we are right. */
  readonly reason: string
  explains (failure: string, ours: Outcome, node: ReferenceOutcome, text: string): boolean
}

/** What `compare` says if we would use a connection again that Node would not. */
export const NOT_REUSED = 'we would use the connection again, Node would not'

/** Where Node's parser and ours differ and ours is right. Everything else is a bug of ours. */
export const quirks: readonly Quirk[] = [
  {
    name: 'HEAD without a length',
    reason:
      'RFC 9112 section 6.3: a response to HEAD ends with its head, so its connection lasts. Node asks llhttp before it tells it that ' +
      'the request was HEAD.',
    explains: (failure, ours) => failure === NOT_REUSED && ours.head?.framing === 'none' && ours.head.contentLength === -1
  },
  {
    name: 'Proxy-Connection',
    reason: 'RFC 9112 appendix C.2.2: it is no field of HTTP and says nothing about the connection. llhttp reads it as Connection.',
    explains: (failure, ours) => failure === NOT_REUSED && hasName(ours.head?.rawHeaders, 'proxy-connection')
  },
  {
    name: 'close in an informational response',
    reason:
      'RFC 9112 section 9.6: close is about what comes after the final response. llhttp takes the connection for closed after the ' +
      'informational one (and after one in HTTP/1.0).',
    explains: (failure, ours, node) => node.errorCode === 'HPE_CLOSED_CONNECTION' && ours.informational.length > 0
  },
  {
    name: 'one length twice',
    reason: 'RFC 9110 section 8.6: equal lengths may be taken for one. We do so and hand on only one; llhttp refuses.',
    explains: (failure, ours, node, text) => lengthErrors.includes(node.errorCode) && repeatsOnlyEqualLengths(text, ours)
  },
  {
    name: 'a tab behind a length',
    reason: 'RFC 9110 section 5.6.3: white space around a value is SP and HTAB. llhttp refuses HTAB behind a Content-Length, and takes SP.',
    explains: (failure, ours, node, text) => lengthErrors.includes(node.errorCode) && /content-length:[ \t]*[0-9]+ *\t/i.test(text)
  },
  {
    name: 'a tab behind chunked',
    reason: 'RFC 9110 section 5.6.3, as above. llhttp does not recognize chunked before HTAB and reads until the end of the connection.',
    explains: (failure, ours, node, text) => {
      const [head = '', ...behind] = text.split('\r\n\r\n').slice(ours.informational.length)
      return /\ntransfer-encoding:[ \t]*chunked[ \t]*\t/i.test(head) && node.end === 'complete' && node.body === behind.join('\r\n\r\n')
    }
  },
  {
    name: 'a tab behind a connection option',
    reason: 'RFC 9110 section 5.6.3, as above. llhttp does not recognize the option then: neither upgrade nor keep-alive.',
    explains: (failure, ours, node, text) => {
      const head = text.split('\r\n\r\n')[ours.informational.length] ?? ''
      return (failure === NOT_REUSED || (ours.end === 'tunnel' && node.end === 'complete')) && /\nconnection:.*\S\t/i.test(head)
    }
  },
  {
    name: 'framing fields in trailers',
    reason:
      'RFC 9110 section 6.5.1: they mean nothing there and are to be dropped, which the caller does. llhttp refuses what it would in a ' +
      'head.',
    explains: (failure, ours, node) => lengthErrors.includes(node.errorCode) && hasName(ours.trailers, 'content-length')
  }
]

const lengthErrors = ['HPE_UNEXPECTED_CONTENT_LENGTH', 'HPE_INVALID_CONTENT_LENGTH']

/** Whether one head at least says its length more than once, and none says two lengths. */
function repeatsOnlyEqualLengths (text: string, { informational }: Outcome): boolean {
  const heads = text.split('\r\n\r\n').slice(0, informational.length + 1)
  const lengths = heads.map((head) => [...head.matchAll(/\ncontent-length:(.*)/gi)].flatMap(([, value = '']) => value.split(',')))
  return lengths.some(({ length }) => length > 1) &&
    lengths.every((values) => values.every((value) => /^\s*[0-9]+\s*$/.test(value) && Number(value) === Number(values[0])))
}

function hasName (raw: readonly string[] | null | undefined, lowerCase: string): boolean {
  return raw?.some((name, i) => i % 2 === 0 && name.toLowerCase() === lowerCase) ?? false
}
