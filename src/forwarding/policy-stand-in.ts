// STAND-IN until branch `grammar` lands: the policies by their names there, over today's code. To be deleted then.
import type { Peer } from '../downstream/trust.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead, ResponseHead } from '../http/heads.ts'
import { connectionOptions, headerKind } from '../http/header-kind.ts'
import { informationalHead, trailerLines as rawTrailerLines } from './headers-to-client.ts'

export interface HopToBackend {
  readonly requestId: string
  readonly isChunked: boolean
  readonly upgrade: string | undefined
  readonly backendHost: string
}

export function headersToBackend (sent: RequestHead, peer: Peer, hop: HopToBackend, { pseudonym }: { pseudonym: string }): string {
  const rawHeaders = sent.fields.toRaw()
  const connection = sent.fields.get('connection')
  const named = connection === undefined ? undefined : connectionOptions(connection)
  let head = `${sent.method} ${sent.target} HTTP/1.1\r\n`
  if (sent.host === undefined) head += `Host: ${hop.backendHost}\r\n`
  let host: string | undefined
  let via = ''
  let forwardedFor = ''
  let saysForwarded = ''
  let acceptsTrailers = false
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const value = rawHeaders[i + 1] as string
    switch (headerKind(name)) {
      case 'host':
        host = value
        head += `${name}: ${value}\r\n`
        break
      case 'via':
        via += `${value}, `
        break
      case 'forwarded-for':
        if (peer.isTrusted) forwardedFor += `${value}, `
        break
      case 'forwarded':
        if (!peer.isTrusted) break
        saysForwarded += name.toLowerCase()
        head += `${name}: ${value}\r\n`
        break
      case 'te':
        acceptsTrailers = named?.has('te') === true && /\btrailers\b/i.test(value)
        break
      case 'content-length':
        if (!hop.isChunked) head += `${name}: ${value}\r\n`
        break
      case 'trailer':
        if (hop.isChunked && named?.has('trailer') !== true) head += `${name}: ${value}\r\n`
        break
      case 'end-to-end': {
        if (named !== undefined && named.has(name.toLowerCase()) && name.toLowerCase() !== 'expect') break
        head += `${name}: ${value}\r\n`
      }
    }
  }
  head += `X-Forwarded-For: ${forwardedFor}${peer.address}\r\n`
  if (!saysForwarded.includes('x-forwarded-proto')) head += 'X-Forwarded-Proto: http\r\n'
  if (peer.localPort !== undefined && !saysForwarded.includes('x-forwarded-port')) head += `X-Forwarded-Port: ${peer.localPort}\r\n`
  if (host !== undefined && !saysForwarded.includes('x-forwarded-host')) head += `X-Forwarded-Host: ${host}\r\n`
  head += `X-Request-Id: ${hop.requestId}\r\nVia: ${via}${sent.version} ${pseudonym}\r\n`
  if (hop.isChunked) head += 'Transfer-Encoding: chunked\r\n'
  if (hop.upgrade !== undefined) head += `Connection: Upgrade\r\nUpgrade: ${hop.upgrade}\r\n\r\n`
  else head += acceptsTrailers ? 'Connection: TE\r\nTE: trailers\r\n\r\n' : '\r\n'
  return head
}

export function isLoop ({ fields }: RequestHead, pseudonym: string): boolean {
  return fields.get('via')?.includes(pseudonym) === true
}

export interface LinesOptions {
  readonly mayHaveTrailers: boolean
  readonly requestIdLine: string
  readonly hookLines: string
}

export function linesToClient ({ statusCode, fields }: ResponseHead, { mayHaveTrailers, requestIdLine, hookLines }: LinesOptions): string {
  const rawHeaders = fields.toRaw()
  const connection = fields.get('connection')
  const named = connection === undefined ? undefined : connectionOptions(connection)
  let text = hookLines
  let hasDate = hookLines !== '' && /^date:/im.test(hookLines)
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    switch (headerKind(name)) {
      case 'connection':
      case 'hop-by-hop':
      case 'te':
      case 'transfer-encoding':
      case 'proxy':
      case 'request-id':
        continue
      case 'trailer':
        if (!mayHaveTrailers) continue
        break
      case 'content-length':
        if (statusCode === 204) continue
        break
      default:
        if (named?.has(name.toLowerCase())) continue
    }
    hasDate ||= name.length === 4 && name.toLowerCase() === 'date'
    text += `${name}: ${rawHeaders[i + 1]}\r\n`
  }
  if (!hasDate) text += `Date: ${new Date().toUTCString()}\r\n`
  return text + requestIdLine
}

export function informationalLines (head: ResponseHead, extra: string): string {
  return linesOf(informationalHead({ ...head, rawHeaders: head.fields.toRaw() }, extra))
}

export function switchingLines (head: ResponseHead, extra: string): string {
  return linesOf(informationalHead({ ...head, rawHeaders: head.fields.toRaw() }, extra))
}

export function trailerLines (trailers: Fields): string {
  return trailers.count === 0 ? '' : rawTrailerLines(trailers.toRaw())
}

function linesOf (head: string): string {
  return head.slice(head.indexOf('\r\n') + 2, -2)
}
