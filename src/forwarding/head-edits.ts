import { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import { takenPrefix, type PathEdit } from '../routing/path-edit.ts'

/** Changes to the fields of a head. */
export interface HeaderChanges {
  /** Names of the lines that are dropped, lower-case: those that go, and those that are set anew. */
  readonly dropped: ReadonlySet<string>
  /** The lines that are set, latin1, each with its end. */
  readonly lines: string
}

/** What a route changes in the heads of its requests and responses. */
export interface HeadEdits {
  readonly path: PathEdit | undefined
  /** The `Host` that the backend gets: that of its url, or a name; undefined: the client's. */
  readonly host: { readonly type: 'backend' } | { readonly type: 'name', readonly name: string } | undefined
  readonly request: HeaderChanges | undefined
  readonly response: HeaderChanges | undefined
}

/** Changes that set and remove fields; undefined where there are none. Names and values must be such that can be sent. */
export function headerChanges (set: Readonly<Record<string, string>> = {}, remove: readonly string[] = []): HeaderChanges | undefined {
  const names = [...Object.keys(set), ...remove]
  if (names.length === 0) return undefined
  return {
    dropped: new Set(names.map((name) => name.toLowerCase())),
    lines: Object.entries(set).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  }
}

/** These changes, and `grpc-timeout` set to this, unless the route has a word on it; undefined: it stays as it is. */
export function withTimeout (edits: HeadEdits | undefined, timeout: string | undefined): HeadEdits | undefined {
  if (timeout === undefined || edits?.request?.dropped.has('grpc-timeout') === true) return edits
  const { path, host, request, response } = edits ?? noEdits
  const dropped = new Set(request?.dropped).add('grpc-timeout')
  return { path, host, request: { dropped, lines: `${request?.lines ?? ''}grpc-timeout: ${timeout}\r\n` }, response }
}

const noEdits: HeadEdits = { path: undefined, host: undefined, request: undefined, response: undefined }

type Names = ReadonlySet<string> | undefined

/** The names of lines that do not pass: those that belong to the connection, and those that a route changes. */
export function droppedBy (changes: HeaderChanges | undefined, connection: Names): Names {
  if (changes === undefined) return connection
  return connection === undefined ? changes.dropped : new Set([...connection, ...changes.dropped])
}

/** The head as a route changes it, with these lines added, each with its end. */
export function editedHead (head: ResponseHead, changes: HeaderChanges | undefined, added: string): ResponseHead {
  const lines = changes === undefined ? added : changes.lines + added
  if (lines === '' && changes === undefined) return head
  const raw: string[] = []
  const before = head.fields.toRaw()
  for (let i = 0; i < before.length; i += 2) {
    if (changes?.dropped.has(before[i]!.toLowerCase()) !== true) raw.push(before[i]!, before[i + 1]!)
  }
  for (const line of lines.split('\r\n').slice(0, -1)) {
    const colon = line.indexOf(':')
    raw.push(line.slice(0, colon), line.slice(colon + 2))
  }
  return { ...head, fields: Fields.from(raw) }
}

/** The line that tells the backend which prefix was taken from the path, with its end; empty where none was. */
export function prefixLine (target: string, path: PathEdit | undefined): string {
  const taken = path === undefined || target === '*' ? '' : takenPrefix(target, path)
  return taken === '' ? '' : `X-Forwarded-Prefix: ${taken}\r\n`
}
