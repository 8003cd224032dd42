import { fieldKey } from './static-table.ts'

/** What an entry takes besides its name and its value (RFC 7541 section 4.1). */
export const ENTRY_OVERHEAD = 32

interface Entry {
  readonly name: string
  readonly value: string
  readonly size: number
}

/** RFC 7541 section 2.3.2: the fields that were sent last, newest first, as far as they fit. */
export class DynamicTable {
  #maxSize: number
  #size = 0
  /** A ring: entry number n, counted from the first that was ever added, is at n modulo its length, a power of two. */
  #ring: Array<Entry | undefined> = new Array<Entry | undefined>(64)
  #added = 0
  #evicted = 0

  constructor (maxSize: number) {
    this.#maxSize = maxSize
  }

  get maxSize (): number {
    return this.#maxSize
  }

  get size (): number {
    return this.#size
  }

  get length (): number {
    return this.#added - this.#evicted
  }

  /** How many entries were ever added: the number of the next one. */
  get added (): number {
    return this.#added
  }

  /** The entry at this place, 0 for the newest; undefined where there is none. */
  at (place: number): Entry | undefined {
    return place < this.length ? this.#ring[(this.#added - 1 - place) & (this.#ring.length - 1)] : undefined
  }

  /** Section 4.4: an entry larger than the table empties it, and is none. `onEvict` gets the number of each that goes. */
  add (name: string, value: string, onEvict?: (number: number, entry: Entry) => void): void {
    const size = name.length + value.length + ENTRY_OVERHEAD
    this.#shrinkTo(this.#maxSize - size, onEvict)
    if (size > this.#maxSize) return
    if (this.length === this.#ring.length) this.#widen()
    this.#ring[this.#added++ & (this.#ring.length - 1)] = { name, value, size }
    this.#size += size
  }

  /** Section 4.3. */
  resize (maxSize: number, onEvict?: (number: number, entry: Entry) => void): void {
    this.#maxSize = maxSize
    this.#shrinkTo(maxSize, onEvict)
  }

  #shrinkTo (size: number, onEvict: ((number: number, entry: Entry) => void) | undefined): void {
    while (this.#size > size && this.length > 0) {
      const place = this.#evicted & (this.#ring.length - 1)
      const entry = this.#ring[place]!
      this.#ring[place] = undefined
      this.#size -= entry.size
      onEvict?.(this.#evicted, entry)
      this.#evicted++
    }
  }

  #widen (): void {
    const wider = new Array<Entry | undefined>(2 * this.#ring.length)
    for (let n = this.#evicted; n < this.#added; n++) wider[n & (wider.length - 1)] = this.#ring[n & (this.#ring.length - 1)]
    this.#ring = wider
  }
}

/** A dynamic table in which fields are looked up: the encoder's. */
export class SearchedTable {
  readonly #table: DynamicTable
  /** The number of the newest entry, by field and by name. */
  readonly #byField = new Map<string, number>()
  readonly #byName = new Map<string, number>()

  constructor (maxSize: number) {
    this.#table = new DynamicTable(maxSize)
  }

  get maxSize (): number {
    return this.#table.maxSize
  }

  /** The place of the newest entry with this name and value, or -1. */
  placeOf (key: string): number {
    return this.#placeOf(this.#byField.get(key))
  }

  /** The place of the newest entry with this name, or -1. */
  placeOfName (name: string): number {
    return this.#placeOf(this.#byName.get(name))
  }

  add (name: string, value: string): void {
    const number = this.#table.added
    this.#table.add(name, value, this.#forget)
    if (this.#table.added === number) return
    this.#byField.set(fieldKey(name, value), number)
    this.#byName.set(name, number)
  }

  resize (maxSize: number): void {
    this.#table.resize(maxSize, this.#forget)
  }

  #placeOf (number: number | undefined): number {
    return number === undefined ? -1 : this.#table.added - 1 - number
  }

  readonly #forget = (number: number, { name, value }: { readonly name: string, readonly value: string }) => {
    const key = fieldKey(name, value)
    if (this.#byField.get(key) === number) this.#byField.delete(key)
    if (this.#byName.get(name) === number) this.#byName.delete(name)
  }
}
