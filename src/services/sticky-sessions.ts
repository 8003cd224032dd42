import { createHmac, randomBytes } from 'node:crypto'
import type { Backend } from '../backends/backend.ts'

export interface StickySessionsOptions {
  /** Name of the cookie. */
  readonly cookie: string
  /** Empty: one is made up, which holds until the process ends and for no other gateway. */
  readonly secret: string
}

/**
 * Keeps a client with the backend that answered it first, by a cookie. Its value is the backend's id under a keyed hash: it cannot
 * be made without the secret, and it tells nothing of an address. It yields when its backend is out of rotation.
 */
export class StickySessions {
  readonly cookie: string
  readonly #secret: string | Buffer
  readonly #tokens = new WeakMap<Backend, string>()
  readonly #rotation: () => readonly Backend[]
  #known: readonly Backend[] = []
  /** Those in rotation by their tokens. */
  #byToken = new Map<string, Backend>()

  constructor ({ cookie, secret }: StickySessionsOptions, rotation: () => readonly Backend[]) {
    this.cookie = cookie
    this.#secret = secret === '' ? randomBytes(32) : secret
    this.#rotation = rotation
  }

  /** The backend that the client with this cookie was with, if it is still in rotation. */
  backendOf (token: string | undefined): Backend | undefined {
    if (token === undefined) return undefined
    const rotation = this.#rotation()
    if (rotation !== this.#known) {
      this.#known = rotation
      this.#byToken = new Map(rotation.map((backend) => [this.#tokenOf(backend), backend]))
    }
    return this.#byToken.get(token)
  }

  /** The value of a `Set-Cookie` that keeps the client with this backend. */
  cookieFor (backend: Backend, isSecure: boolean): string {
    return `${this.cookie}=${this.#tokenOf(backend)}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
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
