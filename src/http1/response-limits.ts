import type { ChunkedLimits } from './chunked-decoder.ts'

export interface ResponseLimits extends ChunkedLimits {
  /** Of one head, from its first byte to the empty line's last. */
  readonly maxHeadBytes: number
  readonly maxHeaders: number
  /** How many 1xx responses may come before the final one. */
  readonly maxInformational: number
}

export const responseLimits: ResponseLimits = {
  maxHeadBytes: 65_536,
  maxHeaders: 1000,
  maxInformational: 64,
  maxTrailerBytes: 65_536,
  maxTrailers: 1000,
  maxChunkExtensionBytes: 16_384
}
