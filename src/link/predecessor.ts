import { connect, type Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { JsonLines } from './json-lines.ts'
import type { Inheritance, Successor, ToSuccessor } from './messages.ts'

/** Until it has said what there is to inherit. */
const answerMs = 5000

/**
 * In control: the control whose place this one takes. That goes on until this one is ready, and changes nothing of the registry meanwhile;
 * should this one end before, the connection ends with it, and the other goes on as before.
 */
export class Predecessor {
  readonly inheritance: Inheritance
  /** It has ended, and this is all that it has counted. */
  onReport: (report: unknown) => void = () => {}
  readonly #socket: Socket

  private constructor (socket: Socket, inheritance: Inheritance) {
    this.#socket = socket
    this.inheritance = inheritance
  }

  /** Resolves with undefined when it does not say within 5 s what there is to inherit. */
  static ask (path: string, version: string, clock: Clock): Promise<Predecessor | undefined> {
    return new Promise((resolve) => {
      const socket = connect(path)
      const cancel = clock.after(answerMs, () => { socket.destroy() })
      let predecessor: Predecessor | undefined
      const lines = new JsonLines<Successor, ToSuccessor>(socket, (message) => {
        if (message.type === 'inheritance') {
          cancel()
          predecessor = new Predecessor(socket, message)
          resolve(predecessor)
        } else {
          predecessor?.onReport(message.report)
        }
      }, () => {
        cancel()
        resolve(undefined)
      })
      socket.once('connect', () => { lines.send({ type: 'successor', version }) })
    })
  }

  /** It may go on as before, if it is there. */
  leave (): void {
    this.#socket.destroy()
  }
}
