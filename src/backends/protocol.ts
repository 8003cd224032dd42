import { protocols, proxyChoices, type Protocol, type ProxyChoice } from '../base/protocols.ts'
import type { Backend } from './backend.ts'
import type { BackendSpec, HealthCheckSpec } from './spec.ts'

export const isProtocol = (text: string): text is Protocol => (protocols as readonly string[]).includes(text)

export const isProxyChoice = (text: string): text is ProxyChoice => (proxyChoices as readonly string[]).includes(text)

/** Whether HTTP/2 is spoken with this backend: by prior knowledge (`h2c:`), or since it was said of it. */
export function speaksHttp2 ({ url, spec }: Pick<Backend, 'url' | 'spec'>): boolean {
  return url.protocol === 'h2c:' || spec.protocol === 'h2'
}

/** Only what the url does not say already. */
export function protocolSpec (url: URL, protocol: Protocol | undefined): Pick<BackendSpec, 'protocol'> {
  return protocol === 'h2' && url.protocol !== 'h2c:' ? { protocol } : {}
}

/** Only what is to be sent. */
export function proxySpec (sendProxy: ProxyChoice | undefined): Pick<BackendSpec, 'sendProxy'> {
  return sendProxy === undefined || sendProxy === 'none' ? {} : { sendProxy }
}

/** How errors name what was said of a backend: as it is written in that place. */
export interface Words {
  readonly protocol: string
  readonly type: string
  readonly service: string
  readonly path: string
  readonly status: string
}

/** Those of the file and of the API. */
export const keyWords: Words = {
  protocol: 'protocol',
  type: 'healthCheck.type',
  service: 'healthCheck.service',
  path: 'healthCheck.path',
  status: 'healthCheck.status'
}

interface Said {
  readonly protocol?: Protocol | undefined
  readonly sendProxy?: ProxyChoice | undefined
  readonly healthCheck?: HealthCheckSpec
}

/** What of this backend cannot be true together, as a phrase. */
export function contradictionIn (url: URL, { protocol, sendProxy = 'none', healthCheck = {} }: Said, words: Words): string | undefined {
  const { type, path, status, service } = healthCheck
  if (url.protocol === 'http:' && protocol === 'h2') {
    return `${words.protocol} "h2" is not for http://; for HTTP/2 without TLS, write h2c://`
  }
  if (url.protocol === 'h2c:' && protocol === 'http/1.1') return `${words.protocol} "${protocol}" contradicts h2c://, which is HTTP/2`
  if (sendProxy !== 'none' && (url.protocol === 'h2c:' || protocol === 'h2')) {
    return `sendProxy "${sendProxy}" is not for backends that speak HTTP/2: its connections carry the requests of many clients`
  }
  if (type !== 'grpc') return service === undefined ? undefined : `${words.service} is for ${words.type} "grpc"`
  if (url.protocol !== 'h2c:' && protocol !== 'h2') {
    return `${words.type} "grpc" needs a backend that speaks HTTP/2: h2c://, or ${words.protocol} "h2" with https:// or unix:`
  }
  return path === undefined && status === undefined ? undefined : `${words.path} and ${words.status} are not for ${words.type} "grpc"`
}
