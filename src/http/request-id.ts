import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { peerOf, type Trust } from '../downstream/trust.ts'

/** What may name a request: a log and every backend can carry it. */
const grammar = /^[ -~]{1,200}$/

let lastId = ''

export function isRequestId (value: unknown): value is string {
  if (value === lastId) return value !== ''
  if (typeof value !== 'string' || !grammar.test(value)) return false
  lastId = value
  return true
}

/** Makes what names requests from then on: the word of a trusted peer or, where there is none that can be used, a new one. */
export function requestIds (trust: Trust): (req: IncomingMessage) => string {
  const prefix = `${randomBytes(6).toString('hex')}-`
  let requests = 0
  return (req) => {
    if (peerOf(req.socket, trust).isTrusted) {
      const said = req.headers['x-request-id']
      if (isRequestId(said)) return said
    }
    return (lastId = prefix + (++requests).toString(36))
  }
}
