import type { PeerName } from '../peers/peers.ts'
import { bodyBytes, uploadPath, type BodyPath } from './bodies.ts'

/** What each connection sends over and over, and what must come back. */
export interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly requestBytes: number
  readonly responseBytes: number
  readonly closesConnection: boolean
  /** Header fields besides those that a request must have. */
  readonly fields?: Readonly<Record<string, string>>
}

export interface Scenario {
  readonly title: string
  /** `saturate`: wrk as fast as it goes. `half`: paced at half of that. `idle`: connections that only stay. */
  readonly kind: 'saturate' | 'half' | 'idle'
  /**
   * How `saturate` asks, where it is not wrk by plain HTTP/1.1: wrk with TLS, h2load by HTTP/2 with TLS (`connections` are streams
   * of one connection then), or h2load by HTTP/1.1 with a new TLS connection, and a full handshake, for each request.
   */
  readonly client?: 'tls' | 'h2-tls' | 'handshakes'
  readonly exchange: Exchange
  readonly backends: number
  readonly connections: number
  /** Longest window whatever `--seconds` says. */
  readonly maxSeconds?: number
  readonly peers: readonly PeerName[]
}

const allPeers: readonly PeerName[] = [
  'nginx', 'haproxy', 'caddy', 'evenkeel', 'fast-proxy', 'http-proxy', 'httpxy', 'fastify-http-proxy', 'net'
]
/** Where it is enough to see how far each kind is away. */
const fewPeers: readonly PeerName[] = ['nginx', 'haproxy', 'evenkeel', 'fastify-http-proxy']

/** Twelve, as a browser and a CDN in front of the gateway send them. */
const browserFields = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language': 'en-GB,en;q=0.8,de;q=0.5',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  Referer: 'https://shop.example/orders?page=2',
  Cookie: 'session=0123456789abcdef0123456789abcdef; theme=dark; consent=1',
  'Cache-Control': 'max-age=0',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Site': 'same-origin',
  'X-Forwarded-For': '192.0.2.17',
  Traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
}

/** Their certificate is for P-256. */
const tlsPeers: readonly PeerName[] = ['nginx', 'haproxy', 'evenkeel']

function get (path: BodyPath): Exchange {
  return { method: 'GET', path, requestBytes: 0, responseBytes: bodyBytes[path], closesConnection: false }
}

/** The origin answers with the number of bytes it got: "1024". */
const post1k: Exchange = { method: 'POST', path: uploadPath, requestBytes: 1024, responseBytes: 4, closesConnection: false }

/** In the order in which they run in a round. */
export const scenarios = {
  small: {
    title: 'Small responses (100 bytes) over 64 keep-alive connections',
    kind: 'saturate',
    exchange: get('/small'),
    backends: 3,
    connections: 64,
    peers: [...allPeers, 'evenkeel-hooks', 'evenkeel-routes', 'evenkeel-access-log']
  },
  fields: {
    title: 'Small responses to requests with 12 further fields, 64 keep-alive connections',
    kind: 'saturate',
    exchange: { ...get('/small'), fields: browserFields },
    backends: 3,
    connections: 64,
    peers: fewPeers
  },
  '1000-backends': {
    title: 'Small responses from 1000 backends, 64 keep-alive connections',
    kind: 'saturate',
    exchange: get('/small'),
    backends: 1000,
    connections: 64,
    peers: ['nginx', 'haproxy', 'evenkeel', 'evenkeel-rare-checks']
  },
  '64k': {
    title: '64 KiB responses over 64 keep-alive connections',
    kind: 'saturate',
    exchange: get('/64k'),
    backends: 3,
    connections: 64,
    peers: [...fewPeers, 'caddy', 'nginx-large-buffers']
  },
  '1m': {
    title: '1 MiB responses over 16 keep-alive connections',
    kind: 'saturate',
    exchange: get('/1m'),
    backends: 3,
    connections: 16,
    peers: ['nginx', 'haproxy', 'evenkeel', 'nginx-large-buffers']
  },
  post: {
    title: '1 KiB POST over 64 keep-alive connections',
    kind: 'saturate',
    exchange: post1k,
    backends: 3,
    connections: 64,
    peers: [...fewPeers, 'caddy', 'fast-proxy']
  },
  connect: {
    title: 'A new connection for every request, 64 at a time, small responses',
    kind: 'saturate',
    exchange: { ...get('/small'), closesConnection: true },
    backends: 3,
    connections: 64,
    // Each request leaves a port in TIME_WAIT for a while, and there are 28 000 of them.
    maxSeconds: 3,
    peers: [...fewPeers, 'caddy']
  },
  tls: {
    title: 'TLS: small responses over 64 keep-alive connections',
    kind: 'saturate',
    client: 'tls',
    exchange: get('/small'),
    backends: 3,
    connections: 64,
    peers: tlsPeers
  },
  'tls-64k': {
    title: 'TLS: 64 KiB responses over 64 keep-alive connections',
    kind: 'saturate',
    client: 'tls',
    exchange: get('/64k'),
    backends: 3,
    connections: 64,
    peers: [...tlsPeers, 'nginx-large-buffers']
  },
  handshakes: {
    title: 'TLS: a new connection with a full handshake (P-256) for every request, 400 a second, small responses',
    kind: 'saturate',
    client: 'handshakes',
    exchange: get('/small'),
    backends: 3,
    connections: 64,
    peers: tlsPeers
  },
  h2: {
    title: 'HTTP/2 with TLS: small responses, 64 streams of one connection',
    kind: 'saturate',
    client: 'h2-tls',
    exchange: get('/small'),
    backends: 3,
    connections: 64,
    peers: tlsPeers
  },
  'h2-64k': {
    title: 'HTTP/2 with TLS: 64 KiB responses, 64 streams of one connection',
    kind: 'saturate',
    client: 'h2-tls',
    exchange: get('/64k'),
    backends: 3,
    connections: 64,
    peers: [...tlsPeers, 'nginx-large-buffers']
  },
  half: {
    title: 'Small responses at half of the saturation load, 64 keep-alive connections',
    kind: 'half',
    exchange: get('/small'),
    backends: 3,
    connections: 64,
    peers: ['nginx', 'haproxy', 'evenkeel']
  },
  idle: {
    title: '10 000 idle connections, each after one answer',
    kind: 'idle',
    exchange: get('/small'),
    backends: 3,
    connections: 10_000,
    peers: fewPeers
  }
} satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios

export function isScenarioName (name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name)
}

export function scenarioNamed (name: ScenarioName): Scenario {
  return scenarios[name]
}

/** What asks in this scenario, if it is not wrk, without which there is no benchmark. */
export function generatorOf (name: ScenarioName): 'h2load' | undefined {
  const { client } = scenarioNamed(name)
  return client === 'h2-tls' || client === 'handshakes' ? 'h2load' : undefined
}

/** Those that ask by TLS or HTTP/2, or the others. */
export function scenariosOf (isEdge: boolean): ScenarioName[] {
  return Object.keys(scenarios).filter(isScenarioName).filter((name) => (scenarioNamed(name).client !== undefined) === isEdge)
}
