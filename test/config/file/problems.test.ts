import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsIn, readOf } from '../../helpers/config-file.ts'

const services = 'services:\n  web: { backends: ["http://a:1"] }\n'

const cases: ReadonlyArray<readonly [what: string, text: string, ...lines: string[]]> = [
  ['a misspelt key', `${services}routes:\n  - { paht: /a, service: web }\n`, '4:7: routes[0].paht is not known; did you mean "path"?'],
  ['a key of another place', 'routs: []\n', '1:1: routs is not known; did you mean "routes"?'],
  ['a key that is near to none', 'servers: []\n', '1:1: servers is not known'],
  [
    'a wrong type',
    'services:\n  web:\n    slowStartMs: fast\n',
    '3:18: services.web.slowStartMs is "fast", but expected an integer from 0 to 3600000'
  ],
  [
    'a number out of range',
    'services:\n  web:\n    healthCheck: { fall: 0 }\n',
    '3:26: services.web.healthCheck.fall is 0, but expected an integer from 1 to 1000'
  ],
  [
    'a balancer that is not there',
    'services: { web: { balancer: fair } }',
    '1:30: services.web.balancer is "fair", but expected one of round-robin, least-latency'
  ],
  ['no list of backends', 'services: { web: { backends: "http://a" } }', '1:30: services.web.backends is "http://a", but expected a list'],
  ['a backend without a url', 'services: { web: { backends: [{ weight: 2 }] } }', '1:31: services.web.backends[0] needs the key "url"'],
  [
    'a misspelt key of a backend',
    'services: { web: { backends: [{ url: "http://a", wieght: 2 }] } }',
    '1:50: services.web.backends[0].wieght is not known; did you mean "weight"?'
  ],
  [
    'a protocol that there is not',
    'services: { web: { backends: [{ url: "https://a", protocol: h3 }] } }',
    '1:61: services.web.backends[0].protocol is "h3", but expected one of h2, http/1.1'
  ],
  [
    'HTTP/2 to discovered backends by http',
    'services: { web: { protocol: h2, discover: { dns: a.test, port: 1 } } }',
    '1:30: services.web.protocol is "h2", which is not for discover.protocol "http"; write "h2c" or "https" there'
  ],
  [
    'HTTP/1.1 to discovered backends by h2c',
    'services: { web: { protocol: http/1.1, discover: { dns: a.test, port: 1, protocol: h2c } } }',
    '1:30: services.web.protocol is "http/1.1", which contradicts discover.protocol "h2c"'
  ],
  [
    'a version of the PROXY protocol that there is not',
    'services: { web: { sendProxy: v3, backends: ["http://a"] } }',
    '1:31: services.web.sendProxy is "v3", but expected one of v1, v2, none'
  ],
  [
    'headers for discovered backends by HTTP/2',
    'services: { web: { sendProxy: v1, discover: { dns: a.test, port: 1, protocol: h2c } } }',
    '1:31: services.web.sendProxy is "v1", which is not for backends that speak HTTP/2: ' +
    'their connections carry the requests of many clients'
  ],
  [
    'gRPC checks of discovered backends by HTTP/1.1',
    'services: { web: { healthCheck: { type: grpc }, discover: { dns: a.test, port: 1, protocol: https } } }',
    '1:41: services.web.healthCheck.type is "grpc", ' +
    'which needs backends that speak HTTP/2: discover.protocol "h2c", or "https" with protocol "h2"'
  ],
  [
    'the service of a check that is not by gRPC',
    'services: { web: { healthCheck: { service: shop.Orders } } }',
    '1:35: services.web.healthCheck.service is for type "grpc"'
  ],
  [
    'the path of a check by gRPC',
    'services: { web: { healthCheck: { type: grpc, path: /up } } }',
    '1:47: services.web.healthCheck.path has no effect with type "grpc"; remove it'
  ],
  ['a backend that is a number', 'services: { web: { backends: [1] } }', '1:31: services.web.backends[0] is 1, but expected another value'],
  [
    'discovery without a port',
    'services: { web: { discover: { dns: a.test } } }',
    '1:30: services.web.discover needs the key port: the addresses of a name have none'
  ],
  [
    'discovery by two names',
    'services: { web: { discover: { dns: a.test, srv: b.test, port: 1 } } }',
    '1:30: services.web.discover needs one of the keys dns and srv'
  ],
  [
    'a port beside SRV records',
    'services: { web: { discover: { srv: _http._tcp.a.test, port: 1 } } }',
    '1:56: services.web.discover.port has no effect beside srv, whose records name their ports; remove it'
  ],
  [
    'a name server by its name',
    'services: { web: { discover: { dns: a.test, port: 1, servers: [ns.test] } } }',
    '1:64: services.web.discover.servers[0] is "ns.test", but expected an address with or without a port, such as 127.0.0.1:8600'
  ],
  [
    'another source that is not there',
    'services: { web: { discover: { consul: web } } }',
    '1:32: services.web.discover.consul is not known'
  ],
  [
    'a service with capitals',
    'services: { Web: {} }',
    '1:13: services.Web is not a name: lower-case letters, digits, ".", "_" and "-", the first one no sign'
  ],
  [
    'a service that is not there',
    `${services}routes:\n  - { path: /a, service: wbe }\n`,
    '4:26: routes[0].service is "wbe", a service that is not there; did you mean "web"?'
  ],
  [
    'a split with a service that is not there',
    `${services}routes:\n  - split: { web: 1, next: 2 }\n`,
    '4:22: routes[0].split.next is "next", a service that is not there'
  ],
  ['a split of nothing', `${services}routes:\n  - split: { web: 0 }\n`, '4:5: routes[0].split has no weight above 0'],
  ['a route that goes nowhere', 'routes:\n  - path: /a\n', '2:5: routes[0] needs one of the keys service, split and redirect'],
  [
    'a route that goes to two places',
    `${services}routes:\n  - { service: web, redirect: https }\n`,
    '4:5: routes[0] has more than one of the keys service, split and redirect'
  ],
  [
    'stripping twice',
    `${services}routes:\n  - { path: /a, stripPrefix: true, replacePrefix: /b, service: web }\n`,
    '4:36: routes[0].replacePrefix and stripPrefix exclude each other'
  ],
  [
    'stripping an exact path',
    `${services}routes:\n  - { exactPath: /a, stripPrefix: true, service: web }\n`,
    '4:22: routes[0].stripPrefix needs path: an exactPath has no rest'
  ],
  [
    'a limit on a redirect',
    'routes:\n  - { redirect: https, retries: 2 }\n',
    '2:24: routes[0].retries has no effect on a redirect; remove it'
  ],
  ['a header that is the gateway\'s',
    `${services}routes:\n  - service: web\n    requestHeaders: { set: { X-Forwarded-For: a }, remove: [Connection] }\n`,
    '5:30: routes[0].requestHeaders.set.X-Forwarded-For is a header that the gateway answers for: it cannot be changed',
    '5:61: routes[0].requestHeaders.remove[0] is a header that the gateway answers for: it cannot be changed'],
  [
    'Host among the headers',
    `${services}routes:\n  - service: web\n    requestHeaders: { set: { host: a } }\n`,
    '5:30: routes[0].requestHeaders.set.host cannot be changed here; use hostHeader'
  ],
  ['a line break in a header', `${services}routes:\n  - service: web\n    requestHeaders: { set: { x-a: "a\\r\\nb" } }\n`,
    '5:35: routes[0].requestHeaders.set.x-a is "a\\r\\nb", but expected another value'],
  [
    'two routes of one name',
    `${services}routes:\n  - { name: a, service: web }\n  - { name: a, path: /b, service: web }\n`,
    '5:13: routes[1].name is "a", as another route is named'
  ],
  ['a key twice', 'services: {}\nservices: {}\n', '2:1: Map keys must be unique'],
  ['no YAML', 'services: [\n', '2:1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ['a list', '- a\n', '1:1: the file is a list, but expected keys with values'],
  ['two documents', 'services: {}\n---\nroutes: []\n', '2:1: Source contains multiple documents; please use YAML.parseAllDocuments()'],
  ['an unknown alias', 'services: *a\n', '1:1: Unresolved alias (the anchor must be set before the alias): a'],
  ['several at once', 'servcies: {}\nroutes:\n  - { redirect: htps, status: 1 }\n',
    '1:1: servcies is not known; did you mean "services"?',
    '3:17: routes[0].redirect is "htps", but expected one of https',
    '3:23: routes[0].status is not known']
]
for (const [what, text, ...lines] of cases) {
  test(`${what} is refused with its place`, () => { assert.deepEqual(problemsIn(text), lines.map((line) => `evenkeel.yaml:${line}`)) })
}

test('BACKENDS and the service default of the file cannot both be said', () => {
  const text = 'services: { default: { backends: ["http://a"] } }'
  assert.deepEqual(problemsIn(text, { hasBackendsSetting: true }), [
    'evenkeel.yaml:1:24: services.default.backends says the backends of the service default twice: they stand in BACKENDS as well'
  ])
  assert.ok(readOf(text))
})

test('a redirect to HTTPS where no one says what HTTPS is would loop', () => {
  for (const route of ['{ redirect: https }', '{ service: default, httpsOnly: true }']) {
    assert.match(problemsIn(`routes: [${route}]`, { knowsHttps: false }).join(), /can only loop here/)
    assert.ok(readOf(`routes: [${route}]`))
  }
})

test('what is said of backends where a service has none in the file is a warning', () => {
  const text = 'services: { web: { protocol: http/1.1, sendProxy: v2 } }\nroutes: [{ service: web }]\n'
  const why = 'has no effect: it is for backends that stand in the file or are discovered'
  assert.deepEqual(readOf(text).warnings.map(({ message }) => message), [`services.web.protocol ${why}`, `services.web.sendProxy ${why}`])
})

test('a service that no route goes to is a warning', () => {
  assert.deepEqual(readOf(`${services}  old: {}\nroutes: [{ service: web }]\n`).warnings, [
    { line: 3, column: 3, message: 'services.old is a service that no route goes to' }
  ])
})
