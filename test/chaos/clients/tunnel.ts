import { connect, type Socket } from 'node:net'

/** An upgraded connection to a backend that sends back what it gets. */
export interface Tunnel {
  /** Whether a message comes back, byte for byte, within the patience. */
  echoes (message: string): Promise<boolean>
  /** When it was ended, monotonic, in ms; undefined while it is open. */
  readonly endedAt: number | undefined
  close (): void
}

/** As for a WebSocket, which is what all gateways let pass; what follows is plain text. */
const upgradeHead = [
  'GET /tunnel HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket',
  'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ''
].join('\r\n')

/** Rejects when it is not there within `patienceMs`. */
export async function openTunnel (port: number, patienceMs = 1000): Promise<Tunnel> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  let endedAt: number | undefined
  socket.on('close', () => { endedAt = performance.now() })
  socket.on('end', () => { endedAt ??= performance.now() })
  socket.write(`${upgradeHead}Host: 127.0.0.1:${port}\r\n\r\n`)
  const head = await nextText(socket, patienceMs).catch((error: Error) => error.message)
  if (!head.startsWith('HTTP/1.1 101 ')) {
    socket.destroy()
    throw new Error(`no tunnel: ${head.split('\r\n')[0]}`)
  }

  return {
    get endedAt () { return endedAt },
    async echoes (message) {
      if (socket.destroyed || !socket.writable) return false
      socket.write(message)
      return await nextText(socket, patienceMs).catch(() => '') === message
    },
    close () { socket.destroy() }
  }
}

/** Rejects when the connection ends before. */
function nextText (socket: Socket, patienceMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { end(() => { reject(new Error('it takes too long')) }) }, patienceMs)
    const onClose = (): void => { end(() => { reject(new Error('it was closed')) }) }
    const onData = (text: string): void => { end(() => { resolve(text) }) }
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      socket.off('close', onClose).off('data', onData)
      settle()
    }
    socket.on('close', onClose).on('data', onData)
  })
}
