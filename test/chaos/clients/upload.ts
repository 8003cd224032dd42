import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { answerToUpload, idHeader, uploadPath } from '../backend/answer.ts'
import { endingWith, endingWithout, nextId, type Call } from './call.ts'
import type { Connections } from './connections.ts'

const pieceBytes = 64 * 1024
const pieces = 16

/** From one piece to the next. */
const pieceMs = 15

const noise = randomBytes(pieceBytes * 2)

/** A POST of one MiB, which takes a quarter of a second; the backend says what it has got by its hash. Never rejects. */
export async function upload (connections: Connections): Promise<Call> {
  const id = nextId()
  let hash = createHash('sha256')
  async function * bytes (): AsyncIterable<Buffer> {
    hash = createHash('sha256')
    for (let piece = 0; piece < pieces; piece++) {
      const at = Math.floor(Math.random() * pieceBytes)
      const next = noise.subarray(at, at + pieceBytes)
      hash.update(next)
      yield next
      await pause(pieceMs)
    }
  }
  const startedAt = performance.now()
  const body = { length: pieceBytes * pieces, pieces: bytes }
  const ending = await connections.ask({ method: 'POST', path: `${uploadPath}/${id}?work=1`, headers: { [idHeader]: id }, body })
    .then((answer) => endingWith(id, answer, (id, backend) => answerToUpload(id, backend, hash.digest('hex'))), endingWithout)
  return { id, method: 'POST', protocol: connections.protocol, startedAt, endedAt: performance.now(), ...ending }
}
