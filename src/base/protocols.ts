/** What can be spoken with a backend, by the names of ALPN (RFC 7301). */
export const protocols = ['h2', 'http/1.1'] as const
export type Protocol = typeof protocols[number]

/** The versions of the PROXY protocol, by which a backend is told who the client is. */
export type ProxyVersion = 'v1' | 'v2'

/** What can be said of that; `none`: it is not told, whatever its service says. */
export const proxyChoices = ['v1', 'v2', 'none'] as const
export type ProxyChoice = typeof proxyChoices[number]
