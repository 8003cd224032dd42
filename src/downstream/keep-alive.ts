/** What a response says of a connection that is kept so long, as Node's own server says it. */
export function keepAliveLines (timeoutMs: number): string {
  return `Connection: keep-alive\r\n${timeoutMs >= 1000 ? `Keep-Alive: timeout=${Math.floor(timeoutMs / 1000)}\r\n` : ''}`
}
