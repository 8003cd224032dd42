import type { Fields } from './fields.ts'

/** What a client asks for, whatever protocol it came by. Framing and the connection are the codec's. */
export interface RequestHead {
  readonly method: string
  /** As the backend gets it: origin form, or `*`. As the client sent it where `isMalformed`, but without credentials. */
  readonly target: string
  readonly version: '1.0' | '1.1' | '2'
  /** The host that it is for, with its port if it has one; undefined only before HTTP/1.1. It is also the only `Host` of `fields`. */
  readonly host: string | undefined
  readonly fields: Fields
  /** Its target or its host is none, or there is more than one: it is refused with 400, and no hook sees it. */
  readonly isMalformed: boolean
}

/** What is answered, whatever protocol it goes by. */
export interface ResponseHead {
  /** 100 to 599. */
  readonly statusCode: number
  /** latin1; may be empty. */
  readonly reason: string
  readonly fields: Fields
}
