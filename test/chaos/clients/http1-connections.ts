import { Agent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { caCertificate } from '../../helpers/certificate.ts'
import { withInstance, failure, patienceMs, instanceOf, type Answer, type Connections, type Question } from './connections.ts'

/** As many kept connections as there are requests at a time; or one for each. */
export function http1Connections (protocol: 'h1' | 'h1-tls', port: number, isKept: boolean): Connections {
  const isTls = protocol === 'h1-tls'
  const agent = isTls ? new TlsAgent({ keepAlive: isKept, ca: caCertificate }) : new Agent({ keepAlive: isKept })
  const request = isTls ? tlsRequest : plainRequest
  const instances = new WeakMap<object, string | undefined>()

  function ask ({ method, path, headers, body }: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const length = method === 'POST' ? { 'content-length': body.length } : undefined
      const req = request({ host: '127.0.0.1', port, agent, method, path, headers: { ...headers, ...length } })
      const timer = setTimeout(() => { req.destroy(failure('no answer')) }, patienceMs)
      const fail = (error: Error): void => {
        clearTimeout(timer)
        reject(withInstance(error, req.socket === null ? undefined : instances.get(req.socket)))
      }
      req.on('error', fail)
      req.on('response', (res) => {
        let text = ''
        instances.set(res.socket, instanceOf(res.headers))
        res.setEncoding('latin1')
        res.on('data', (piece: string) => { text += piece })
        res.on('error', fail)
        res.on('end', () => {
          clearTimeout(timer)
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text })
        })
      })
      if (typeof body === 'string') req.end(body)
      else Readable.from(body.pieces()).on('error', fail).pipe(req)
    })
  }

  return { protocol, ask, close () { agent.destroy() } }
}
