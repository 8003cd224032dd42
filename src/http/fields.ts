/**
 * The fields of one header or trailer section, in their order, names in their case and values in their bytes (latin1). Frozen:
 * what a policy drops or sets is edited where the section is written.
 */
export class Fields {
  static readonly none = new Fields([])

  /** Of [name, value, name, value …]. */
  static from (raw: readonly string[]): Fields {
    return raw.length === 0 ? Fields.none : new Fields([...raw])
  }

  readonly #raw: readonly string[]

  private constructor (raw: readonly string[]) {
    this.#raw = raw
  }

  /** How many field lines there are. */
  get count (): number {
    return this.#raw.length / 2
  }

  /** The value of the field with this lower-case name; several lines are joined by `, `, those of `cookie` by `; `. */
  get (name: string): string | undefined {
    let value: string | undefined
    const raw = this.#raw
    for (let i = 0; i < raw.length; i += 2) {
      if ((raw[i] as string).length !== name.length || (raw[i] as string).toLowerCase() !== name) continue
      value = value === undefined ? raw[i + 1] as string : `${value}${name === 'cookie' ? '; ' : ', '}${raw[i + 1]}`
    }
    return value
  }

  /** [name, value, name, value …], as new strings. */
  toRaw (): string[] {
    return [...this.#raw]
  }
}
