// What a client's connection is occupied with.

/** The next head is awaited, or being read. */
export const HEAD = 0
/** A request is in flight. */
export const EXCHANGE = 1
/** Its response has left; what is left of its body is read and dropped. */
export const ANSWERED = 2
/** Nothing more is said, and what still comes is dropped. */
export const ENDING = 3
/** The socket is a tunnel's, or an owner's. */
export const GIVEN_AWAY = 4
