/** What a backend may send of one response before it is taken on, in bytes. */
export const streamWindowBytes = 65_535

/** Streams at once, whatever a backend allows. */
export const maxStreams = 128

/**
 * What a backend may send of all responses of a connection before it is taken on, in bytes. Half of it may be taken and not given back
 * yet, and the other half holds what all streams can: clients that read nothing cannot stop the others.
 */
export const connectionWindowBytes = 2 * (maxStreams * streamWindowBytes + maxStreams)

/** 1xx responses before the final one. */
export const maxInformational = 64

/** Answers to PING and SETTINGS that wait for a backend that does not read. */
export const maxUnreadAnswers = 1000

/** Of a field block: as it comes, in how many frames; and decoded. */
export const maxFieldBlockBytes = 65_536
export const maxFieldBlockFrames = 16
export const maxFieldsSize = 131_072
export const maxFields = 1024

/** Streams at once until a backend has said how many it takes. */
export const presumedStreams = 100

/** Another connection is made when so much of what one allows is in use, up to so many. */
export const fullShare = 0.8
export const maxConnections = 4

/** A connection with streams from which nothing has come for so long is asked whether it lives, and has so long to answer, in ms. */
export const silenceMs = 10_000
export const pingAnswerMs = 5000

/** Frames that ask for nothing: at once, and a second. */
export const idleFrames = { most: 10_000, perSecond: 1000 }
