import type { Socket } from 'node:net'

/** What may wait for a reader that is too slow, in bytes; beyond it the connection ends. */
const maxWaiting = 32 * 1024 * 1024

/** Messages over a socket: one JSON text a line. What breaks on either side ends the connection, and nothing else. */
export class JsonLines<Out, In> {
  readonly #socket: Socket
  #rest = ''

  constructor (socket: Socket, onMessage: (message: In) => void, onEnd: () => void) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n')
      this.#rest = lines.pop() as string
      for (const line of lines) {
        if (socket.destroyed) return
        onMessage(JSON.parse(line) as In)
      }
    })
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', onEnd)
  }

  send (message: Out): void {
    if (this.#socket.destroyed) return
    this.#socket.write(`${JSON.stringify(message)}\n`)
    if (this.#socket.writableLength > maxWaiting) this.#socket.destroy()
  }

  end (): void {
    this.#socket.destroy()
  }

  /** Ends it with this message, and resolves when that is sent, or the other side has left. */
  async endWith (message: Out): Promise<void> {
    this.send(message)
    if (this.#socket.destroyed) return
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => { resolve() })
      this.#socket.end(() => { resolve() })
    })
  }
}
