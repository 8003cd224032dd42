import { createHmac, randomBytes } from 'node:crypto'
import type { Backend } from '../backends/backend.ts'
import type { Fields } from '../http/fields.ts'
import type { Registry } from '../services/registry.ts'
import { cookieOf } from './hash-key.ts'

/**
 * Keeps a client with the backend that answered it first, by a cookie. Its value is the backend's id under a keyed hash:
 * nobody without the secret can make one, and it tells nothing of an address. It yields when its backend is out of rotation.
 */
export class StickySessions {
  readonly #registry: Registry
  readonly #name: string
  readonly #secret: string | Buffer
  readonly #tokens = new WeakMap<Backend, string>()
  #rotation: readonly Backend[] = []
  /** Those in rotation by their tokens. */
  #byToken = new Map<string, Backend>()

  /** Without a secret one is made up, which holds until the process ends and for no other gateway. */
  constructor (registry: Registry, name: string, secret: string) {
    this.#registry = registry
    this.#name = name
    this.#secret = secret === '' ? randomBytes(32) : secret
  }

  /** The backend that the client was with, if it is still there. */
  backendOf (fields: Fields): Backend | undefined {
    const token = cookieOf(fields, this.#name)
    if (token === undefined) return undefined
    const { rotation } = this.#registry
    if (rotation !== this.#rotation) {
      this.#rotation = rotation
      this.#byToken = new Map(rotation.map((backend) => [this.#tokenOf(backend), backend]))
    }
    return this.#byToken.get(token)
  }

  /** The value of a `Set-Cookie` that keeps the client with this backend. */
  cookieFor (backend: Backend, isSecure: boolean): string {
    return `${this.#name}=${this.#tokenOf(backend)}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  }

  #tokenOf (backend: Backend): string {
    let token = this.#tokens.get(backend)
    if (token === undefined) {
      token = createHmac('sha256', this.#secret).update(backend.id).digest('base64url').slice(0, 22)
      this.#tokens.set(backend, token)
    }
    return token
  }
}
