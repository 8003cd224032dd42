import type { OutgoingHttpHeader } from 'node:http'
import { Writable } from 'node:stream'
import { headersSent } from './node-errors.ts'
import { ResponseHeaders, trailerLinesOf, type GivenHeaders } from './response-headers.ts'

/** The headers of a response that is being made, and its trailers, with the methods that node:http has for them. */
export abstract class OutgoingMessage extends Writable {
  protected headers: ResponseHeaders | undefined
  /** Their field lines, each with its end. */
  protected trailers = ''

  /** The head is settled. */
  abstract get headersSent (): boolean

  setHeader (name: string, value: OutgoingHttpHeader): this {
    this.#settable('set').set(name, value)
    return this
  }

  appendHeader (name: string, value: string | readonly string[]): this {
    this.#settable('append').append(name, value)
    return this
  }

  setHeaders (headers: Headers | ReadonlyMap<string, OutgoingHttpHeader>): this {
    const settable = this.#settable('set')
    const cookies: string[] = []
    for (const [name, value] of headers) {
      // Those of a Headers come one by one.
      if (name === 'set-cookie') cookies.push(...[value].flat().map(String))
      else settable.set(name, value)
    }
    if (cookies.length > 0) settable.set('set-cookie', cookies)
    return this
  }

  getHeader (name: string): OutgoingHttpHeader | undefined {
    return this.headers?.get(name)
  }

  getHeaders (): Record<string, OutgoingHttpHeader> {
    return this.headers?.toObject() ?? Object.create(null)
  }

  getHeaderNames (): string[] {
    return this.headers?.names() ?? []
  }

  getRawHeaderNames (): string[] {
    return this.headers?.names(true) ?? []
  }

  hasHeader (name: string): boolean {
    return this.headers?.has(name) ?? false
  }

  removeHeader (name: string): void {
    if (this.headersSent) throw headersSent('remove')
    this.headers?.remove(name)
  }

  addTrailers (trailers: GivenHeaders): void {
    this.trailers += trailerLinesOf(trailers)
  }

  protected setAll (given: GivenHeaders): void {
    (this.headers ??= new ResponseHeaders()).setAll(given)
  }

  #settable (action: 'set' | 'append'): ResponseHeaders {
    if (this.headersSent) throw headersSent(action)
    return (this.headers ??= new ResponseHeaders())
  }
}
