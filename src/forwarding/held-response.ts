import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import type { HeadHooks, SettledHead } from './head-hooks.ts'

/** A response that waits for the owner's hooks to settle its head: what else has come of it in the meantime. */
export class HeldResponse {
  /** Of its body, or of the tunnel that it agrees to. */
  readonly pieces: Buffer[] = []
  /** Its trailers, when its end has come. */
  trailers: Fields | undefined
  /** The backend has ended its side of a tunnel. */
  isTunnelEnded = false
  #onSettled: ((held: HeldResponse, head: SettledHead) => void) | undefined

  /** Runs the hooks; calls one of the two, unless `drop` is called first. */
  run (hooks: HeadHooks, head: ResponseHead, onSettled: (held: HeldResponse, head: SettledHead) => void, onError: (error: unknown) => void): void {
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
