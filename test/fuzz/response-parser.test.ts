import { test } from 'node:test'
import { acceptedHeads } from '../http1/response-parser-cases.ts'
import { acceptedExchanges } from '../http1/response-parser-connection-cases.ts'
import { refusedCases } from '../http1/response-parser-refusals.ts'
import { readCorpus } from './corpus.ts'
import { examine, fuzzOnce, responses } from './fuzz.ts'

const corpus = readCorpus()

test('agrees with the parser of Node over the table of cases', async () => {
  for (const { bytes, method = 'GET', upgrade = false, limits, eof = true } of [...acceptedHeads, ...acceptedExchanges, ...refusedCases]) {
    if (limits === undefined && eof) await examine(responses, 0, { bytes: Buffer.from(bytes, 'latin1'), method, upgrade })
  }
})

test('agrees with the parser of Node over the corpus', async () => {
  for (const sample of corpus) await examine(responses, 0, sample)
})

test('agrees with the parser of Node over random inputs', async () => {
  for (let seed = 1; seed <= 4000; seed++) await fuzzOnce(responses, seed, corpus)
})
