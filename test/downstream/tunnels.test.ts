import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { ClientTunnel, ClientTunnelListener } from '../../src/downstream/client-exchange.ts'
import { holds, startListener, type Heard } from '../helpers/listener.ts'
import { settled, standstill, until } from '../helpers/until.ts'

const upgrade = 'GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
const switching = 'HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'

/** Listens to a tunnel, and writes down what it is told. */
class TunnelEnd implements ClientTunnelListener {
  received = ''
  ends = 0
  drains = 0

  onBytes (bytes: Buffer): void {
    this.received += bytes.toString('latin1')
  }

  onBytesEnd (): void {
    this.ends++
  }

  onDrain (): void {
    this.drains++
  }
}

/** A client that has asked for another protocol, and sent `early` after that. */
async function startUpgrade (t: TestContext, early = '') {
  const started = await startListener(t, holds)
  const client = await started.client(upgrade + early)
  const heard = await until('the request', () => started.heard[0])
  const open = (): { tunnel: ClientTunnel, end: TunnelEnd } => {
    const end = new TunnelEnd()
    const tunnel = heard.exchange.openTunnel('Go', 'Connection: Upgrade\r\nUpgrade: x\r\n')
    tunnel.listener = end
    return { tunnel, end }
  }
  return { ...started, heard, end: client, open }
}

test('bytes go both ways after a 101, and the exchange ends with the connection', async (t) => {
  const { heard, end, open, listener } = await startUpgrade(t)
  assert.equal(heard.exchange.upgrade, 'x')
  const { tunnel, end: far } = open()
  assert.equal(tunnel.write(Buffer.from('hello')), true)
  assert.equal(await end.hears('hello'), `${switching}hello`)
  end.say('world')
  await until('the bytes', () => far.received === 'world')
  assert.deepEqual([heard.exchange.statusCode, heard.exchange.hasBegun, heard.ends, listener.busy, listener.idle], [101, true, 0, 1, 0])
  tunnel.end()
  await end.hearsTheEnd()
  await until('the end', () => heard.ends === 1)
  assert.equal(far.ends, 1)
})

test('what came early is delivered once there is a listener, in its order, the end included', async (t) => {
  const { end, open, heard } = await startUpgrade(t, 'one')
  end.say(' two')
  await settled()
  end.socket.end(' three')
  await until('the bytes to come', () => heard.exchange.socket.bytesRead === upgrade.length + 'one two three'.length)
  const { tunnel, end: far } = open()
  await until('the end', () => far.ends === 1)
  assert.equal(far.received, 'one two three')
  tunnel.write(Buffer.from('still'))
  tunnel.end()
  assert.equal(await end.hearsTheEnd(), `${switching}still`)
})

test('early bytes are kept up to a limit, and wait in the kernel beyond it', async (t) => {
  const { end, heard, open } = await startUpgrade(t)
  end.socket.write(Buffer.alloc(5_000_000, 'x'))
  const { socket } = heard.exchange
  await standstill(() => socket.bytesRead)
  assert.ok(socket.bytesRead < 3 * 65_536, `${socket.bytesRead} bytes were read`)
  const { end: far } = open()
  await until('all of it', () => far.received.length === 5_000_000)
})

test('a tunnel that is paused hands out nothing, early or late, and one whose client reads slowly drains', async (t) => {
  const { end, open } = await startUpgrade(t, 'early')
  const { tunnel, end: far } = open()
  tunnel.pause()
  assert.equal(far.received, 'early')
  end.socket.write(Buffer.alloc(5_000_000, 'x'))
  await until('the kernel to be full', () => end.socket.writableLength > 0)
  await standstill(() => far.received.length)
  assert.equal(far.received, 'early')
  tunnel.resume()
  await until('all of it', () => far.received.length === 5_000_005)
  end.socket.pause()
  while (tunnel.write(Buffer.alloc(1_000_000))) { /* until it is full */ }
  assert.equal(far.drains, 0)
  end.socket.resume()
  await until('the drain', () => far.drains === 1)
})

test('an offer that is not taken up is answered like any request, and ends the connection', async (t) => {
  const { end, heard } = await startUpgrade(t, 'early bytes of another protocol')
  heard.answer('no', 426)
  assert.match(await end.hearsTheEnd(), /^HTTP\/1\.1 426 Fine\r\n[^]*Connection: close\r\n\r\nno$/)
  assert.equal(heard.ends, 1)
})

test('a tunnel whose client leaves ends, and one that is destroyed', async (t) => {
  const first = await startUpgrade(t)
  first.open()
  first.end.socket.resetAndDestroy()
  await until('the end', () => first.heard.ends === 1)
  const second = await startUpgrade(t)
  const { tunnel } = second.open()
  tunnel.destroy()
  await second.end.hearsTheEnd()
  await until('the end', () => second.heard.ends === 1)
  tunnel.write(Buffer.from('nobody hears this'))
})

test('what the listener of a tunnel throws comes back to its exchange', async (t) => {
  const { end, heard } = await startUpgrade(t)
  const tunnel = heard.exchange.openTunnel('Go', '')
  tunnel.listener = { onBytes () { throw new Error('of the tunnel') }, onBytesEnd () {}, onDrain () {} }
  end.say('x')
  await until('the error', () => heard.thrown.length === 1)
  assert.deepEqual(heard.thrown, [new Error('of the tunnel')])
  await end.hearsTheEnd()
})

for (const isLate of [false, true]) {
  test(`a connection that is given away is its owner's, with what came early, ${isLate ? 'if he listens later' : 'if he listens at once'}`, async (t) => {
    const { end, heard, listener } = await startUpgrade(t, 'early')
    const { socket, head } = (heard as Heard).exchange.detach()
    assert.equal(head.toString(), 'early')
    end.say(' late')
    if (isLate) for (let i = 0; i < 20; i++) await settled()
    let received = ''
    socket.on('data', (bytes: Buffer) => { received += bytes.toString() })
    await until('the bytes', () => received === ' late')
    end.say(' later')
    await until('the bytes', () => received === ' late later')
    socket.write('hello')
    assert.equal(await end.hears('hello'), 'hello')
    assert.deepEqual([listener.busy, heard.ends], [1, 0])
    await leave(socket, heard)
    assert.deepEqual([listener.busy, heard.ends], [0, 1])
  })
}

async function leave (socket: Socket, heard: Heard): Promise<void> {
  socket.destroy()
  await until('the end of the exchange', () => heard.ends === 1)
}
