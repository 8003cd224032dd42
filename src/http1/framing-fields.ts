import { MessageError } from './message-error.ts'

/** The options of a Connection field that matter to the connection itself, as bits. */
export const SAYS_KEEP_ALIVE = 1
export const SAYS_CLOSE = 2
export const SAYS_UPGRADE = 4

/** RFC 9110 section 7.6.1. Options that say nothing about the connection are left out. */
export function connectionOptions (value: string): number {
  if (value === 'keep-alive') return SAYS_KEEP_ALIVE
  if (value === 'close') return SAYS_CLOSE
  let options = 0
  for (const option of value.toLowerCase().split(',')) {
    switch (trimOws(option)) {
      case 'keep-alive': options |= SAYS_KEEP_ALIVE; break
      case 'close': options |= SAYS_CLOSE; break
      case 'upgrade': options |= SAYS_UPGRADE
    }
  }
  return options
}

/** RFC 9110 section 8.6: one number, or a list of one and the same number. */
export function contentLengthOf (value: string): number {
  if (!value.includes(',')) return decimalOf(value)
  const [first = '', ...others] = value.split(',')
  const length = decimalOf(trimOws(first))
  if (others.some((other) => decimalOf(trimOws(other)) !== length)) throw new MessageError('invalid-content-length')
  return length
}

/** Throws a MessageError for what is no decimal number up to 2^53 - 1. */
export function decimalOf (text: string): number {
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) throw new MessageError('invalid-content-length')
    value = value * 10 + digit
    if (value > Number.MAX_SAFE_INTEGER) throw new MessageError('invalid-content-length')
  }
  if (text === '') throw new MessageError('invalid-content-length')
  return value
}

/** Unlike `trim`, leaves alone what is white space in Unicode only. */
function trimOws (text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isOws(text.charCodeAt(start))) start++
  while (end > start && isOws(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isOws (code: number): boolean {
  return code === 32 || code === 9
}

/** The `timeout` of a Keep-Alive field (RFC 2068 section 19.7.1.1) in ms, or -1. */
export function keepAliveTimeoutOf (value: string): number {
  const seconds = /(?:^|,)[ \t]*timeout=([0-9]{1,9})[ \t]*(?:,|$)/i.exec(value)?.[1]
  return seconds === undefined ? -1 : Number(seconds) * 1000
}
