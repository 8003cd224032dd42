import { Fields, MARK } from '../http/fields.ts'
import {
  CONNECTION, CONTENT_LENGTH, DATE, HOP_BY_HOP, KEEP_ALIVE, PROXY, REQUEST_ID, TE, TRAILER, TRANSFER_ENCODING, UPGRADE
} from '../http/header-kind.ts'
import type { ResponseHead } from '../http/heads.ts'
import { connectionNames, isPlain, linesBetween, plainLine } from '../http/section-lines.ts'
import { droppedBy, type HeaderChanges } from './head-edits.ts'

/** What the field lines of a response to a client need besides the response of the backend. */
export interface ClientLines {
  /** The framing has a place for trailers. */
  readonly mayHaveTrailers: boolean
  /** The line that names the request, with its end, or nothing. The gateway's word: a backend's own is dropped, as by Envoy. */
  readonly requestIdLine: string
  /** What owners' hooks have set, each line with its end. */
  readonly hookLines: string
  /** What the route changes. */
  readonly changes?: HeaderChanges | undefined
}

/** Lines that never reach a client: those of the connection to the backend, and those that are the gateway's. */
const hopKinds = bits(CONNECTION, KEEP_ALIVE, HOP_BY_HOP, UPGRADE, TE, TRANSFER_ENCODING, PROXY, REQUEST_ID)
const framingKinds = bits(TRANSFER_ENCODING, CONTENT_LENGTH, PROXY, REQUEST_ID)

function bits (...kinds: number[]): number {
  return kinds.reduce((all, kind) => all | (1 << kind), 0)
}

/**
 * The field lines of a final response as its client gets them, each with its end, latin1: bytes unchanged, in runs. What belongs
 * to the hop between gateway and backend stays there, `Connection: close` among it. No lines of framing or connection but
 * Content-Length, and no empty line.
 */
export function linesToClient ({ statusCode, fields }: ResponseHead, more: ClientLines): string {
  const { mayHaveTrailers, requestIdLine, hookLines, changes } = more
  const { text, marks } = fields
  const connection = connectionNames(fields)
  const named = changes === undefined ? connection : droppedBy(changes, connection)
  let dropped = hopKinds
  if (!mayHaveTrailers) dropped |= 1 << TRAILER
  // RFC 9110 section 8.6: none in a 204
  if (statusCode === 204) dropped |= 1 << CONTENT_LENGTH
  let lines = hookLines
  let hasDate = hookLines !== '' && /^date:/im.test(hookLines)
  let runStart = fields.start
  for (let i = 0; i < marks.length; i += MARK) {
    const kind = marks[i]!
    if ((dropped & (1 << kind)) !== 0) {
      lines += linesBetween(text, runStart, marks[i + 1]!, named)
      runStart = marks[i + 4]!
    } else if ((kind === TRAILER && named !== undefined) || (kind === CONTENT_LENGTH && (named !== undefined || !isPlain(fields, i)))) {
      // No Connection field takes these away.
      lines += linesBetween(text, runStart, marks[i + 1]!, named) + plainLine(fields, i)
      runStart = marks[i + 4]!
    } else if (kind === DATE && named?.has('date') !== true) {
      hasDate = true
    }
  }
  lines += linesBetween(text, runStart, fields.end, named)
  // RFC 9110 section 6.6.1: who forwards a response without a date gives it one.
  if (!hasDate) lines += dateLine()
  return changes === undefined ? lines + requestIdLine : lines + changes.lines + requestIdLine
}

/**
 * The field lines of a 101, whose `Connection` and `Upgrade` are its point; `extra` are the gateway's and those of owners' hooks, each
 * with its end.
 */
export function switchingLines ({ fields }: ResponseHead, extra: string, changes?: HeaderChanges): string {
  return extra + linesButOf(fields, framingKinds, changes?.dropped) + (changes?.lines ?? '')
}

function linesButOf ({ text, marks, start, end }: Fields, dropped: number, named: ReadonlySet<string> | undefined): string {
  let lines = ''
  let runStart = start
  for (let i = 0; i < marks.length; i += MARK) {
    if ((dropped & (1 << marks[i]!)) === 0) continue
    lines += linesBetween(text, runStart, marks[i + 1]!, named)
    runStart = marks[i + 4]!
  }
  return lines + linesBetween(text, runStart, end, named)
}

let dateSecond = 0
let dateText = ''

function dateLine (): string {
  const second = Math.floor(Date.now() / 1000)
  if (second !== dateSecond) {
    dateSecond = second
    dateText = `Date: ${new Date(second * 1000).toUTCString()}\r\n`
  }
  return dateText
}

/** The lines of trailer fields, without those that would change how the message is understood (RFC 9110 section 6.5.1). */
export function trailerLines (trailers: Fields | readonly string[]): string {
  const { text, start, end, marks } = trailers instanceof Fields ? trailers : Fields.from(trailers)
  let lines = ''
  let runStart = start
  for (let i = 0; i < marks.length; i += MARK) {
    lines += linesBetween(text, runStart, marks[i + 1]!, forbiddenInTrailers)
    runStart = marks[i + 4]!
  }
  return lines + linesBetween(text, runStart, end, forbiddenInTrailers)
}

const forbiddenInTrailers = new Set([
  'authorization', 'cache-control', 'content-encoding', 'content-range', 'content-type', 'cookie', 'date', 'expect', 'expires',
  'location', 'max-forwards', 'pragma', 'proxy-authenticate', 'proxy-authorization', 'range', 'retry-after', 'set-cookie', 'vary',
  'warning', 'www-authenticate'
])
