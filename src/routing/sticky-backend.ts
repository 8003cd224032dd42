import type { IncomingMessage } from 'node:http'
import type { Backend } from '../backends/backend.ts'
import type { Service } from '../services/service.ts'
import { cookieOf } from './hash-key.ts'

/** The backend that a cookie of the request names, where the service has sticky sessions and that backend is in rotation. */
export function stickyBackendOf ({ sticky }: Service, req: IncomingMessage): Backend | undefined {
  return sticky?.backendOf(cookieOf(req, sticky.cookie))
}
