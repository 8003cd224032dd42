/** RFC 9113 section 6. */
export const DATA = 0x0
export const HEADERS = 0x1
export const PRIORITY = 0x2
export const RST_STREAM = 0x3
export const SETTINGS = 0x4
export const PUSH_PROMISE = 0x5
export const PING = 0x6
export const GOAWAY = 0x7
export const WINDOW_UPDATE = 0x8
export const CONTINUATION = 0x9

/** Flags; END_STREAM and ACK share a bit. */
export const END_STREAM = 0x1
export const ACK = 0x1
export const END_HEADERS = 0x4
export const PADDED = 0x8
export const HAS_PRIORITY = 0x20

/** Section 4.1. */
export const FRAME_HEADER_LENGTH = 9

/** Section 6.5.2: what a frame may have unless its receiver allows more; it is also the least that can be allowed. */
export const DEFAULT_MAX_FRAME_SIZE = 16_384

/** Section 6.9.1: the largest window. */
export const MAX_WINDOW = 0x7fff_ffff

/** Section 3.4. */
export const CLIENT_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
