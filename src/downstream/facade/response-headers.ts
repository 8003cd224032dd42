import { validateHeaderName, validateHeaderValue, type OutgoingHttpHeader } from 'node:http'

/** Headers as `writeHead` takes them: an object, or names and values in turn, or pairs. */
export type GivenHeaders = Readonly<Record<string, OutgoingHttpHeader | undefined>> | readonly OutgoingHttpHeader[] | ReadonlyArray<readonly [string, OutgoingHttpHeader]>

/** The headers of a response that is being made, with the names in the case in which they were set. */
export class ResponseHeaders {
  readonly #set = new Map<string, { name: string, value: OutgoingHttpHeader }>()

  /** Throws what node:http throws for a name or a value that cannot be sent. */
  set (name: string, value: OutgoingHttpHeader): void {
    check(name, value)
    this.#set.set(name.toLowerCase(), { name, value })
  }

  append (name: string, value: string | readonly string[]): void {
    const before = this.#set.get(name.toLowerCase())
    if (before === undefined) return this.set(name, value as OutgoingHttpHeader)
    this.set(before.name, [before.value, value].flat().map(String))
  }

  /** As `writeHead`: in a list, a name that comes twice adds up. */
  setAll (given: GivenHeaders): void {
    if (!Array.isArray(given)) {
      for (const name in given) {
        const value = (given as Record<string, OutgoingHttpHeader | undefined>)[name]
        if (name !== '') this.set(name, value as OutgoingHttpHeader)
      }
      return
    }
    const raw = given.flat(Array.isArray(given[0]) ? 1 : 0) as OutgoingHttpHeader[]
    if (raw.length % 2 !== 0) throw Object.assign(new TypeError('headers must be names and values in turn'), { code: 'ERR_INVALID_ARG_VALUE' })
    for (let i = 0; i < raw.length; i += 2) this.#set.delete(String(raw[i]).toLowerCase())
    for (let i = 0; i < raw.length; i += 2) this.append(String(raw[i]), raw[i + 1] as string)
  }

  get (name: string): OutgoingHttpHeader | undefined {
    return this.#set.get(name.toLowerCase())?.value
  }

  has (name: string): boolean {
    return this.#set.has(name.toLowerCase())
  }

  remove (name: string): void {
    this.#set.delete(name.toLowerCase())
  }

  /** Lower-case, or as they were set. */
  names (inTheirCase = false): string[] {
    return inTheirCase ? Array.from(this.#set.values(), ({ name }) => name) : [...this.#set.keys()]
  }

  /** By lower-case names, in an object of its own. */
  toObject (): Record<string, OutgoingHttpHeader> {
    const headers: Record<string, OutgoingHttpHeader> = Object.create(null)
    for (const [lower, { value }] of this.#set) headers[lower] = value
    return headers
  }

  /** The field lines, each with its end, but for those of the framing and the connection, which are the codec's. */
  lines (): string {
    let lines = ''
    for (const [lower, { name, value }] of this.#set) if (!codecs.has(lower)) lines += linesOf(name, lower, value)
    return lines
  }
}

const codecs = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'content-length'])

/** The lines of trailers, each with its end. */
export function trailerLinesOf (given: GivenHeaders): string {
  const trailers = new ResponseHeaders()
  trailers.setAll(given)
  return trailers.lines()
}

function linesOf (name: string, lower: string, value: OutgoingHttpHeader): string {
  if (!Array.isArray(value)) return `${name}: ${value}\r\n`
  // RFC 6265 section 4.2.1: there is one line of cookies.
  if (lower === 'cookie') return `${name}: ${value.join('; ')}\r\n`
  let lines = ''
  for (const item of value) lines += `${name}: ${item}\r\n`
  return lines
}

function check (name: string, value: OutgoingHttpHeader): void {
  validateHeaderName(name)
  if (!Array.isArray(value)) return validateHeaderValue(name, value as string)
  for (const item of value) validateHeaderValue(name, item)
}
