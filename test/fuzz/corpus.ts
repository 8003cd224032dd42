import { readFileSync, readdirSync } from 'node:fs'
import { acceptedRequests } from '../http1/request-cases.ts'
import { refusedRequests } from '../http1/request-refusals.ts'
import type { Sample } from './generator.ts'

/** In the source tree, as seen from dist/test/fuzz/. */
export const corpusDirectory = new URL('../../../test/fuzz/corpus/', import.meta.url)

/** Each file is what a backend sent; its name begins with the method, or `upgrade`. */
export function readCorpus (): Sample[] {
  return readdirSync(corpusDirectory).sort().filter((name) => name.endsWith('.http')).map((name) => {
    const bytes = readFileSync(new URL(name, corpusDirectory))
    const [kind = ''] = name.split('-')
    return { bytes, method: kind === 'head' ? 'HEAD' : 'GET', upgrade: kind === 'upgrade' }
  })
}

/** What the tests of the request parser read. */
export function requestCorpus (): Sample[] {
  return [...acceptedRequests, ...refusedRequests].filter(({ limits }) => limits === undefined).map(({ bytes }) => (
    { method: 'GET', upgrade: false, bytes: Buffer.from(bytes, 'latin1') }
  ))
}
