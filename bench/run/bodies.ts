/** What the origin serves, in bytes of body. The first letters after the slash differ: the origin goes by them. */
export const bodyBytes = {
  '/small': 100,
  '/64k': 64 * 1024,
  '/1m': 1024 * 1024,
  '/health': 2
} as const

export type BodyPath = keyof typeof bodyBytes

/** `POST` here: the answer is the number of bytes that arrived, in decimal. */
export const uploadPath = '/upload'
