let second = 0
let line = ''

/** RFC 9110 section 6.6.1: when the response was made; written once a second. */
export function dateLine (): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    line = `Date: ${new Date(now * 1000).toUTCString()}\r\n`
  }
  return line
}
