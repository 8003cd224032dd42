/*
 * The header of version 2 (proxy-protocol.txt section 2.2): the signature, a byte for version and command, one for family and transport,
 * the length of what follows in two bytes, and the addresses and ports.
 */

export const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** Version 2, and a connection that its sender makes for itself, such as a health check. */
export const LOCAL = 0x20
/** Version 2, and a connection that its sender forwards. */
export const PROXY = 0x21

export const TCP_IPV4 = 0x11
export const TCP_IPV6 = 0x21
