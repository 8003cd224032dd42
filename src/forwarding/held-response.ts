import type { HeadHooks } from './head-hooks.ts'
import type { HeadFields } from './headers-to-client.ts'

/** A response that waits for the owner's hooks to settle its head: what else has come of it in the meantime. */
export class HeldResponse {
  readonly pieces: Buffer[] = []
  /** The end of it, when that has come: its trailers, if any. */
  end: { readonly rawTrailers: string[] | null } | undefined
  /** The backend has ended its side of a tunnel. */
  isTunnelEnded = false
  readonly isOfTunnel: boolean
  #onSettled: ((held: HeldResponse, head: HeadFields) => void) | undefined

  constructor (isOfTunnel = false) {
    this.isOfTunnel = isOfTunnel
  }

  /** Runs the hooks; calls one of the two, unless `drop` is called first. */
  run (hooks: HeadHooks, head: HeadFields, onSettled: (held: HeldResponse, head: HeadFields) => void, onError: (error: unknown) => void): void {
    this.#onSettled = onSettled
    hooks.run(head, (settled, error) => {
      const settle = this.#onSettled
      this.#onSettled = undefined
      if (settle === undefined) return // the exchange has ended otherwise
      if (settled === undefined) return onError(error)
      try {
        settle(this, settled)
      } catch (thrown) {
        onError(thrown)
      }
    })
  }

  drop (): void {
    this.#onSettled = undefined
  }
}
