import { filesIn, filesInCircles, importsOf, read, specifiersOf } from './imports.ts'

/** The floors of docs/architecture.md, top to bottom: each room may import from every floor below its own, and from no other. */
export const floors = [
  ['programs'],
  ['plugins'],
  ['admin'],
  ['observe'],
  ['forwarding'],
  ['acme', 'link'],
  ['checks', 'discovery', 'downstream', 'routing'],
  ['upstream'],
  ['services'],
  ['balancing'],
  ['registry'],
  ['backends'],
  ['http1', 'http2', 'grpc', 'proxy-protocol'],
  ['errors'],
  ['http'],
  ['base']
]

/** Rooms off the stairs: what each may import. Only plugins and programs import these. */
export const aside: Record<string, string[]> = {
  config: ['base'],
  'plugin-files': ['config', 'base'],
  client: ['base'],
  demo: ['base'],
  supervisor: ['base'],
  dashboard: ['admin']
}

/** The files of src/ itself that plugins or rooms import; all others there are programs, or what these are made of. */
const roomsOfOneFile = ['errors', 'plugin-files']

export const files = filesIn('src', 'plugins')
const sources = files.filter((file) => file.startsWith('src/'))
const imports = importsOf(files)

export function roomOf (file: string): string {
  const [folder, room = '', ...rest] = file.split('/')
  if (folder === 'plugins') return 'plugins'
  if (rest.length > 0) return room
  const name = room.replace(/\.ts$/, '')
  return roomsOfOneFile.includes(name) ? name : 'programs'
}

export function floorOf (room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room))
}

export function mayImport (from: string, to: string): boolean {
  if (from === to || from === 'programs') return true
  const allowed = aside[from]
  if (allowed !== undefined) return allowed.includes(to)
  if (to in aside) return from === 'plugins'
  return floorOf(to) > floorOf(from)
}

/** The files with something that matches, comments left aside. */
function filesWith (pattern: RegExp, among: readonly string[]): string[] {
  return among.filter((file) => pattern.test(read(file).replace(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, '')))
}

/**
 * Three rooms of the gateway know node:http: the client's side where owners see it (the facade, and what serves `app.inject`), the
 * admin listener, and ACME, which is a client of its CA. src/demo/ and src/client/ may as well: they run in the backends' processes,
 * not in the gateway.
 */
const mayKnowNodeHttp = /^src\/(?:downstream\/(?:facade\/|node-exchange\.ts|injected-request\.ts)|(?:acme|admin|demo|client)\/)/

/** A stream's class may call the methods that it has to define, by name; `_http._tcp` is the name of an SRV record. */
const privateMember =
  /(?<!\bthis|\b_[a-z]+)\._[a-z]|\bthis\._(?!(?:read|write|writev|final|destroy|construct)\()[a-z]|\['_[a-z]|process\.binding/

/** What breaks a wall, by the wall: nothing may. */
export const violations = {
  upward: [...imports].flatMap(([file, targets]) => targets
    .filter((target) => !mayImport(roomOf(file), roomOf(target)))
    .map((target) => `${file} -> ${target}`)),
  circles: filesInCircles(imports),
  nodeHttp: sources.filter((file) => !mayKnowNodeHttp.test(file) && specifiersOf(read(file)).some((from) => /^node:https?$/.test(from))),
  privateMembers: filesWith(privateMember, files),
  supervisorPackages: sources.filter((file) => file.startsWith('src/supervisor/') &&
    specifiersOf(read(file)).some((from) => !from.startsWith('node:') && !from.startsWith('.'))),
  symbols: filesWith(/\bSymbol\(/, files)
}

export type Wall = keyof typeof violations
