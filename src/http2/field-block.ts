import { ConnectionError } from './errors.ts'

export interface FieldBlockLimits {
  /** Of one field block, as it comes: coded. */
  readonly maxFieldBlockBytes: number
  /** Over how many frames it may be spread: CONTINUATION frames may be empty, and so without end. */
  readonly maxFieldBlockFrames: number
}

/** Puts a field block together from its fragments (RFC 9113 sections 4.3 and 6.10). */
export class FieldBlock {
  readonly #limits: FieldBlockLimits
  #fragments: Buffer[] = []
  #length = 0
  streamId = 0
  isOpen = false
  isEnd = false
  dependsOnItself = false

  constructor (limits: FieldBlockLimits) {
    this.#limits = limits
  }

  begin (streamId: number, isEnd: boolean, dependsOnItself: boolean): void {
    this.streamId = streamId
    this.isEnd = isEnd
    this.dependsOnItself = dependsOnItself
    this.isOpen = true
  }

  /** Returns the block once it is whole: a view of `fragment`, if that is all. */
  add (fragment: Buffer, isLast: boolean): Buffer | undefined {
    this.#length += fragment.length
    if (this.#length > this.#limits.maxFieldBlockBytes) throw new ConnectionError('field-block-too-large')
    if (this.#fragments.length === this.#limits.maxFieldBlockFrames) throw new ConnectionError('too-many-continuations')
    if (!isLast) {
      // What it is a view of is used again.
      this.#fragments.push(Buffer.from(fragment))
      return undefined
    }
    const block = this.#fragments.length === 0 ? fragment : Buffer.concat([...this.#fragments, fragment], this.#length)
    this.#fragments = []
    this.#length = 0
    this.isOpen = false
    return block
  }
}
