/** Fields that belong to a connection of HTTP/1.1, and have no place in HTTP/2 (RFC 9113 section 8.2.2). */
export const connectionFields: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'
])
