/** How a client may come: by HTTP/1.1 or HTTP/2, each without TLS and with it. */
export const protocolTitles = {
  h1: 'HTTP/1.1',
  'h1-tls': 'HTTP/1.1 with TLS',
  'h2-tls': 'HTTP/2 with TLS',
  h2c: 'HTTP/2 without TLS'
} as const

export type Protocol = keyof typeof protocolTitles

export const protocols = Object.keys(protocolTitles) as Protocol[]
