import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { startRawBackend } from './backend.ts'
import { until } from './until.ts'

/** One end of a connection that speaks bytes, not HTTP. Text is latin1: one character a byte. */
export interface ByteEnd {
  readonly socket: Socket
  /** All that came so far, or since `forget`. */
  readonly heard: () => string
  forget (): void
  say (bytes: string): void
  /** Resolves with all that came, once `text` is in it. */
  hears (text: string): Promise<string>
  /** Resolves with all that came, once the other side has ended it, or cut it. */
  hearsTheEnd (): Promise<string>
  /** The other side has ended it, or cut it. */
  readonly isOver: () => boolean
  /** The code of the error that the connection ended with, if any. */
  readonly errorCode: () => string | undefined
}

export interface ByteBackend {
  readonly url: string
  /** Its connections without those of health checks, in order. */
  readonly connections: ByteEnd[]
  /** Resolves with the connection of this number, counted from 0, once the first head on it is whole. */
  connected (index: number): Promise<ByteEnd>
}

/** Starts a backend that passes its health checks; `behaviour` gets each other connection when its first head is whole. */
export async function startByteBackend (t: TestContext, behaviour: (end: ByteEnd) => void | Promise<void>): Promise<ByteBackend> {
  const connections: ByteEnd[] = []
  const { url } = await startRawBackend(t, (socket) => {
    const end = byteEnd(socket)
    function onData (): void {
      if (!end.heard().includes('\r\n\r\n')) return
      socket.off('data', onData)
      if (end.heard().startsWith('GET /health ')) {
        socket.end('HTTP/1.1 204 No Content\r\n\r\n')
        return
      }
      connections.push(end)
      // A rejection is not handled, so that it fails the test.
      void behaviour(end)
    }
    socket.on('data', onData)
  })
  return { url, connections, connected: (index) => until(`connection ${index}`, () => connections[index]) }
}

/** Connects, and says `bytes`. With `allowHalfOpen` its own side stays open when the other one has ended. */
export async function startByteClient (t: TestContext, port: number, bytes = '', { allowHalfOpen = false } = {}): Promise<ByteEnd> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen })
  t.after(() => { socket.destroy() })
  const end = byteEnd(socket)
  end.say(bytes)
  return end
}

function byteEnd (socket: Socket): ByteEnd {
  let received = ''
  let isOver = false
  let errorCode: string | undefined
  socket.on('error', (error: NodeJS.ErrnoException) => { errorCode = error.code })
  socket.on('data', (piece: Buffer) => { received += piece.toString('latin1') })
  socket.once('end', () => { isOver = true })
  socket.once('close', () => { isOver = true })
  const heard = (): string => received
  return {
    socket,
    heard,
    forget: () => { received = '' },
    say: (bytes) => { socket.write(bytes, 'latin1') },
    hears: (text) => until(`${JSON.stringify(text)} to come`, () => {
      if (received.includes(text)) return received
      if (isOver) throw new Error(`the connection has ended without ${JSON.stringify(text)}: ${JSON.stringify(received)}`)
      return undefined
    }),
    hearsTheEnd: async () => {
      await until('the end of the connection', () => isOver)
      return received
    },
    isOver: () => isOver,
    errorCode: () => errorCode
  }
}
