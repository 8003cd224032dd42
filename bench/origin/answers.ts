import { bodyBytes } from '../run/bodies.ts'

/** The whole answer for a path's first letter, made once: the origin must not be what limits the run. */
export type Answers = ReadonlyMap<string, Buffer>

/** The header fields a Fastify backend sends. `Date` stands still: nobody here caches, and making it anew costs. */
export function answerWith (body: Buffer, closes = false): Buffer {
  const connection = closes ? 'Connection: close' : 'Connection: keep-alive\r\nKeep-Alive: timeout=72'
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n' +
    `Content-Length: ${body.length}\r\nDate: ${new Date().toUTCString()}\r\n${connection}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

export function makeAnswers (closes: boolean): Answers {
  const answers = new Map<string, Buffer>()
  for (const [path, length] of Object.entries(bodyBytes)) {
    answers.set(path[1] ?? '', answerWith(Buffer.alloc(length, 'x'), closes))
  }
  return answers
}
