import { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/heads.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import { FieldScanner, INCOMPLETE } from './field-scanner.ts'
import { MessageError } from './message-error.ts'
import { SectionBuffer } from './section-buffer.ts'

// A stand-in with the API of branch `grammar`, which replaces it.

export interface ParsedRequest {
  readonly head: RequestHead
  readonly body: 'none' | 'length' | 'stream'
  readonly contentLength: number
  readonly keepAlive: boolean
  readonly expectsContinue: boolean
  readonly upgrade: string | undefined
}

export type BodyReceiver = (piece: Buffer) => void

const scanner = new FieldScanner()
const limits = { maxTrailerBytes: 16_384, maxTrailers: 200, maxChunkExtensionBytes: 16_384 }

export class RequestParser {
  request: ParsedRequest | undefined
  isComplete = false
  trailers = Fields.none
  #section: SectionBuffer | undefined
  #remaining = 0
  #chunked: ChunkedDecoder | undefined

  get hasPartOfHead (): boolean {
    return this.#section !== undefined
  }

  readHead (chunk: Buffer, from: number): number {
    let at = from
    if (this.#section === undefined) {
      while (chunk[at] === 13 || chunk[at] === 10) at++
      if (at === chunk.length) return at
      this.#section = new SectionBuffer(16_384)
    }
    const section = this.#section
    at = section.take(chunk, at)
    if (section.isOpen) return at
    const text = section.bytes.toString('latin1', 0, section.length)
    if (text.startsWith('\x16\x03')) throw new MessageError('invalid-field-name')
    const [line] = text.split('\r\n', 1)
    const match = /^([A-Z-]+) (\S+) HTTP\/1\.([01])$/.exec(line as string)
    if (match === null) throw new MessageError(text.endsWith('\r\n\r\n') ? 'invalid-status-line' : 'invalid-line-end')
    const start = (line as string).length + 2
    const end = scanner.scan(section.bytes, start, section.length, 200)
    if (end === INCOMPLETE) throw new MessageError('head-too-large')
    const fields = Fields.from(scanner.toRawFields(text.slice(start), start))
    const isHttp11 = match[3] === '1'
    const connection = (fields.get('connection') ?? '').toLowerCase()
    const length = fields.get('content-length')
    const isChunked = fields.get('transfer-encoding') !== undefined
    const contentLength = length === undefined ? -1 : Number(length)
    if (Number.isNaN(contentLength)) throw new MessageError('invalid-content-length')
    const body = isChunked ? 'stream' : contentLength > 0 ? 'length' : 'none'
    this.#section = undefined
    this.#remaining = contentLength
    this.#chunked = isChunked ? new ChunkedDecoder(limits) : undefined
    this.isComplete = body === 'none'
    this.request = {
      head: { method: match[1] as string, target: match[2] as string, version: isHttp11 ? '1.1' : '1.0', host: fields.get('host'), fields, isMalformed: false },
      body,
      contentLength,
      keepAlive: isHttp11 ? !connection.includes('close') : connection.includes('keep-alive'),
      expectsContinue: isHttp11 && (fields.get('expect') ?? '').toLowerCase() === '100-continue',
      upgrade: connection.includes('upgrade') && body === 'none' ? fields.get('upgrade') : undefined
    }
    return at
  }

  readBody (chunk: Buffer, from: number, onPiece: BodyReceiver): number {
    if (this.#chunked !== undefined) {
      const at = this.#chunked.advance(chunk, from)
      this.isComplete = this.#chunked.isDone
      if (this.isComplete) this.trailers = Fields.from(this.#chunked.trailers ?? [])
      if (this.#chunked.dataLength > 0) onPiece(chunk.subarray(at - this.#chunked.dataLength, at))
      return at
    }
    const at = Math.min(chunk.length, from + this.#remaining)
    this.#remaining -= at - from
    this.isComplete = this.#remaining === 0
    onPiece(chunk.subarray(from, at))
    return at
  }

  next (): void {
    this.request = undefined
    this.isComplete = false
    this.trailers = Fields.none
  }
}
