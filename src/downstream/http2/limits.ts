/** What clients may do by HTTP/2, as operators set it. */
export interface Http2Settings {
  /** Requests in flight on one connection. */
  readonly maxStreams: number
  /** What a client may send of one body before it is taken on, and of all bodies of a connection, in bytes. */
  readonly streamWindowBytes: number
  readonly connectionWindowBytes: number
}

export const defaultHttp2Settings: Http2Settings = { maxStreams: 100, streamWindowBytes: 65_535, connectionWindowBytes: 1_048_576 }

/**
 * Frames of one client that one turn of the event loop reads, so that others have their turn meanwhile: more than two for each stream
 * that there may be by default.
 */
export const maxFramesPerTurn = 256

/** Of a field block: as it comes, in how many frames; and decoded. */
export const maxFieldBlockBytes = 16_384
export const maxFieldBlockFrames = 8
export const maxFieldsSize = 32_768
export const maxFields = 256

/**
 * Streams that end before their response: rapid reset (CVE-2023-44487), whoever resets them. At once, for each stream that there may be;
 * and a second. Each whole response allows one more.
 */
export const resets = { perStream: 2, perSecond: 33 }

/**
 * Frames that ask for nothing: PING, SETTINGS, PRIORITY, DATA without data, WINDOW_UPDATE, GOAWAY, unknown ones, and what is ignored, such
 * as what still comes for a stream that was reset. At once, and a second.
 */
export const idleFrames = { most: 2000, perSecond: 500 }

/** Answers to such frames that wait for a client that does not read. */
export const maxUnreadAnswers = 100

/** Between the two GOAWAY frames at most, in ms (RFC 9113 section 6.8). */
export const goawayMs = 1000
