/** Why a field block was refused. The codes are a contract: they go to logs and metrics and never change meaning. */
const sentences = {
  truncated: 'the field block ends within a field',
  'integer-overflow': 'an integer is longer than any that is needed',
  'invalid-index': 'an index names no entry of the tables',
  'invalid-huffman': 'a Huffman-coded string is malformed',
  'invalid-table-size': 'the dynamic table would become larger than allowed',
  'misplaced-table-size': 'the size of the dynamic table changes after the first field',
  'missing-table-size': 'the dynamic table was not made smaller as it had to be',
  'fields-too-large': 'the fields are too large',
  'too-many-fields': 'there are too many fields'
} as const

export type HpackErrorCode = keyof typeof sentences

/**
 * A field block that cannot be decoded, or is larger than allowed. Decoding stopped within it, so that the dynamic table is no
 * longer that of the other side: the connection cannot be used any more (RFC 7541 section 2.2, RFC 9113 section 4.3).
 */
export class HpackError extends Error {
  readonly code: HpackErrorCode

  constructor (code: HpackErrorCode) {
    super(sentences[code])
    this.name = 'HpackError'
    this.code = code
  }

  /** Whether the block may be well-formed, and only passes a limit. */
  get isLimit (): boolean {
    return this.code === 'fields-too-large' || this.code === 'too-many-fields'
  }
}
