import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startApache } from './apache.ts'
import { startHttpServer } from './http-server.ts'

/** A server to which files are PUT under /files/; under /small/ it takes only small ones, and refuses the rest unread. */
export interface UploadTarget {
  readonly url: string
  /** What arrived at a path, as a SHA-256 in hex; undefined when nothing did. */
  readonly hashOf: (path: string) => string | undefined
}

const smallBytes = 1024

/** Apache's mod_dav, which writes what arrives to files. */
export async function apacheTarget (t: TestContext): Promise<UploadTarget> {
  const apache = await startApache(t, `
<Location /files>
  Dav On
</Location>
<Location /small>
  Dav On
  LimitRequestBody ${smallBytes}
</Location>`, (root) => {
    mkdirSync(join(root, 'files'))
    mkdirSync(join(root, 'small'))
  })
  const hashOf = (path: string) => {
    try {
      return createHash('sha256').update(readFileSync(join(apache.root, path))).digest('hex')
    } catch {
      return undefined
    }
  }
  return { url: apache.url, hashOf }
}

/** Node's server, which answers an `Expect` by itself: 100, or 413 without reading on. */
export async function nodeTarget (t: TestContext): Promise<UploadTarget> {
  const hashes = new Map<string, string>()
  const { url, server } = await startHttpServer(t, (req, res) => {
    const hash = createHash('sha256')
    req.on('data', (chunk: Buffer) => hash.update(chunk))
    req.on('end', () => {
      hashes.set(req.url ?? '', hash.digest('hex'))
      res.writeHead(201).end()
    })
  })
  server.on('checkContinue', (req, res) => {
    if (req.url?.startsWith('/small/') && Number(req.headers['content-length']) > smallBytes) {
      res.writeHead(413).end('too large')
      return
    }
    res.writeContinue()
    server.emit('request', req, res)
  })
  return { url, hashOf: (path) => hashes.get(path) }
}
