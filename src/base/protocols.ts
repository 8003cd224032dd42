/** What can be spoken with a backend, by the names of ALPN (RFC 7301). */
export const protocols = ['h2', 'http/1.1'] as const
export type Protocol = typeof protocols[number]
