import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { corpusDirectory, readCorpus } from './corpus.ts'
import type { Verdict } from './differential.ts'
import { examine, fuzzOnce } from './fuzz.ts'
import type { Sample } from './generator.ts'

const MAX_CORPUS_FILES = 90
const MAX_CORPUS_BYTES = 600

/** The long run: `npm run fuzz -- --seconds 60 --seed 1`; `--keep` adds inputs of a new kind to the corpus. */
async function run (): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      iterations: { type: 'string', default: 'Infinity' },
      keep: { type: 'boolean', default: false }
    }
  })
  const corpus = readCorpus()
  const ends = new Map<string, number>()
  const kinds = new Set<string>()
  for (const sample of corpus) kinds.add(kindOf(sample, await examine(0, sample)))

  const deadline = performance.now() + Number(values.seconds) * 1000
  const firstSeed = Number(values.seed)
  let seed = firstSeed
  console.log(`seed ${firstSeed}, corpus of ${corpus.length}`)
  for (; seed - firstSeed < Number(values.iterations) && performance.now() < deadline; seed++) {
    const { sample, verdict } = await fuzzOnce(seed, corpus)
    const end = verdict.quirk === '' ? verdict.ours.end : `quirk: ${verdict.quirk}`
    ends.set(end, (ends.get(end) ?? 0) + 1)
    const kind = kindOf(sample, verdict)
    if (
      values.keep &&
      verdict.node !== null &&
      !kinds.has(kind) &&
      sample.bytes.length <= MAX_CORPUS_BYTES &&
      kinds.size < MAX_CORPUS_FILES
    ) {
      kinds.add(kind)
      writeFileSync(new URL(`${kind}.http`, corpusDirectory), sample.bytes)
    }
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
