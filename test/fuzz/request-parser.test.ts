import { test } from 'node:test'
import { requestCorpus } from './corpus.ts'
import { examine, fuzzOnce, requests } from './fuzz.ts'

const corpus = requestCorpus()

test('agrees with the parser of Node\'s server over the tables of cases', async () => {
  for (const sample of corpus) await examine(requests, 0, sample)
})

test('agrees with the parser of Node\'s server over random inputs', async () => {
  for (let seed = 1; seed <= 3000; seed++) await fuzzOnce(requests, seed, corpus)
})
