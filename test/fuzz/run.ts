import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { corpusDirectory, readCorpus, requestCorpus } from './corpus.ts'
import type { Verdict } from './differential.ts'
import { examine, fuzzOnce, requests, responses, type FuzzTarget } from './fuzz.ts'
import type { Sample } from './generator.ts'

const MAX_CORPUS_FILES = 90
const MAX_CORPUS_BYTES = 600

/** The long run: `npm run fuzz -- --seconds 60 --seed 1 --parser request`; `--keep` adds responses of a new kind to the corpus. */
async function run (): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      iterations: { type: 'string', default: 'Infinity' },
      parser: { type: 'string', default: 'both' },
      keep: { type: 'boolean', default: false }
    }
  })
  const parsers = values.parser === 'both' ? ['response', 'request'] : [values.parser]
  const limits = { seconds: Number(values.seconds) / parsers.length, iterations: Number(values.iterations), firstSeed: Number(values.seed) }
  if (parsers.includes('response')) await runResponses(limits, values.keep)
  if (parsers.includes('request')) await runRequests(limits)
}

interface RunLimits {
  readonly seconds: number
  readonly iterations: number
  readonly firstSeed: number
}

async function runResponses (limits: RunLimits, isKeeping: boolean): Promise<void> {
  const corpus = readCorpus()
  const kinds = new Set<string>()
  for (const sample of corpus) kinds.add(kindOf(sample, await examine(responses, 0, sample)))
  await runRounds(responses, corpus, limits, ({ sample, verdict }) => {
    const kind = kindOf(sample, verdict)
    const hasRoom = kinds.size < MAX_CORPUS_FILES && sample.bytes.length <= MAX_CORPUS_BYTES
    if (isKeeping && verdict.node !== null && !kinds.has(kind) && hasRoom) {
      kinds.add(kind)
      writeFileSync(new URL(`${kind}.http`, corpusDirectory), sample.bytes)
    }
    return verdict.ours.end
  })
}

async function runRequests (limits: RunLimits): Promise<void> {
  const corpus = requestCorpus()
  for (const sample of corpus) await examine(requests, 0, sample)
  await runRounds(requests, corpus, limits, ({ verdict: { ours } }) => `${ours.requests.length} requests, then ${ours.end}`)
}

async function runRounds<V extends { readonly failure: string, readonly quirk: string }> (
  target: FuzzTarget<V>, corpus: readonly Sample[], { seconds, iterations, firstSeed }: RunLimits,
  endOf: (round: { sample: Sample, verdict: V }) => string
): Promise<void> {
  const ends = new Map<string, number>()
  const deadline = performance.now() + seconds * 1000
  let seed = firstSeed
  console.log(`${target.name} parser: seed ${firstSeed}, corpus of ${corpus.length}`)
  for (; seed - firstSeed < iterations && performance.now() < deadline; seed++) {
    const round = await fuzzOnce(target, seed, corpus)
    const reached = endOf(round)
    const end = round.verdict.quirk === '' ? reached : `quirk: ${round.verdict.quirk}`
    ends.set(end, (ends.get(end) ?? 0) + 1)
  }
  console.log(`${seed - firstSeed} inputs, no disagreement`)
  for (const [end, count] of [...ends].sort((a, b) => b[1] - a[1])) console.log(`${String(count).padStart(9)} ${end}`)
}

/** Which way an input went through the two parsers; also the name of its file in the corpus. */
function kindOf ({ method }: Sample, { ours, node, quirk }: Verdict): string {
  const { informational, head, trailers } = ours
  return [
    ours.end === 'tunnel' ? 'upgrade' : method === 'HEAD' ? 'head' : 'get',
    ours.end,
    head?.framing ?? 'no-head',
    informational.length > 0 ? 'informational' : '',
    trailers === null ? '' : 'trailers',
    node === null || node.end === ours.end ? '' : `node-${node.end}`,
    quirk
  ].filter((part) => part !== '').join('-').replaceAll(' ', '-').toLowerCase()
}

await run()
