// Reads text/event-stream (HTML Standard, 9.2.6). Pure. Not EventSource, which cannot send an Authorization header.

export interface StreamEvent {
  readonly event: string
  readonly data: string
}

/** Takes the stream in chunks of any length; calls `onEvent` for each complete event with data. */
export function createStreamParser (onEvent: (event: StreamEvent) => void): (piece: string) => void {
  let rest = ''
  let event = ''
  let data: string[] = []

  function readLine (line: string): void {
    if (line === '') {
      if (data.length > 0) onEvent({ event: event === '' ? 'message' : event, data: data.join('\n') })
      event = ''
      data = []
      return
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }

  return (piece) => {
    rest += piece
    // A trailing carriage return may be the first half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) readLine(line)
  }
}
