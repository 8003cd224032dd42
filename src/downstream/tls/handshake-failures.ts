/** Why a connection to the TLS listener never got as far as HTTP. */
export type HandshakeFailure =
  | 'timeout'
  | 'plain-http'
  | 'not-tls'
  | 'unknown-server-name'
  | 'no-server-name'
  | 'version'
  | 'cipher'
  | 'protocol'
  | 'client-alert'
  /** None where one is required, or one that no authority of ours has signed. */
  | 'client-certificate'
  | 'client-left'
  | 'other'

/** What OpenSSL and Node call it, by a part of its code; the first that is found. */
const byCode: ReadonlyArray<readonly [RegExp, HandshakeFailure]> = [
  [/NO_APPLICATION_PROTOCOL/, 'protocol'],
  [/ALERT/, 'client-alert'],
  [/VERSION|UNSUPPORTED_PROTOCOL/, 'version'],
  [/CIPHER|SIGNATURE|GROUP|KEY_SHARE/, 'cipher'],
  [/^ECONNRESET|^EPIPE/, 'client-left'],
  [/HTTP_REQUEST|RECORD|PACKET|LENGTH/, 'not-tls']
]

/** The reason for this error of a handshake. */
export function reasonOf ({ code = '' }: { readonly code?: string | undefined }): HandshakeFailure {
  return byCode.find(([pattern]) => pattern.test(code))?.[1] ?? 'other'
}
