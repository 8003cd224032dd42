import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { startRawBackend } from '../helpers/backend.ts'
import { startAnyGateway } from '../helpers/any-gateway.ts'
import { attack } from '../helpers/wire.ts'

const stray = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray'

/** Answers to requests that nobody else's may follow: the backend sends a body with them, in a packet that comes too late to be noticed. */
const answers = {
  'a HEAD, with a length': { method: 'HEAD', head: `HTTP/1.1 200 OK\r\nContent-Length: ${stray.length}\r\n\r\n` },
  'a HEAD, in chunks': { method: 'HEAD', head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' },
  'a HEAD, of length 0': { method: 'HEAD', head: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n' },
  'a 304, with a length': { method: 'GET', head: `HTTP/1.1 304 Not Modified\r\nContent-Length: ${stray.length}\r\n\r\n` },
  'a 304, in chunks': { method: 'GET', head: 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n' },
  'a 204, with a length': { method: 'GET', head: `HTTP/1.1 204 No Content\r\nContent-Length: ${stray.length}\r\n\r\n` }
}

for (const [what, { method, head }] of Object.entries(answers)) {
  test(`a body that a backend sends with ${what}, is nobody's answer`, async (t) => {
    let withBody: Socket | undefined
    const backend = await startRawBackend(t, (socket) => {
      socket.setEncoding('latin1').on('data', (request: string) => {
        if (request.includes(' /body ')) {
          withBody = socket
          socket.write(head)
        } else if (request.includes(' /own ')) {
          // The body of the answer before, just when the connection is somebody else's.
          if (socket === withBody) socket.write(stray)
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown')
        } else {
          socket.end('HTTP/1.1 204 No Content\r\n\r\n')
        }
      })
    })
    const { port } = await startAnyGateway(t, { BACKENDS: backend.url })
    for (let round = 0; round < 100; round++) {
      await attack(port, `${method} /body HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)
      const heard = await attack(port, 'GET /own HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
      assert.ok(heard.endsWith('\r\n\r\nown'), heard)
    }
  })
}
