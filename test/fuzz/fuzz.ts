import { compare, type Verdict } from './differential.ts'
import { generate, type Sample } from './generator.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'

/** An input the two parsers disagree on. */
export class Disagreement extends Error {
  constructor (seed: number, failure: string, sample: Sample, smallest: Sample) {
    super([
      `${failure}`,
      `replay: npm run fuzz -- --seed ${seed} --iterations 1`,
      `method: ${smallest.method}, upgrade: ${smallest.upgrade}`,
      `input: ${sample.bytes.toString('base64')}`,
      `minimized: ${smallest.bytes.toString('base64')}`,
      `that is: ${JSON.stringify(smallest.bytes.toString('latin1'))}`
    ].join('\n'))
    this.name = 'Disagreement'
  }
}

/** One round, the same for the same seed and corpus. */
export async function fuzzOnce (seed: number, corpus: readonly Sample[]): Promise<{ sample: Sample, verdict: Verdict }> {
  const random = new Random(Math.imul(seed, 0x9e3779b1))
  const base = corpus.length > 0 && random.oneIn(3) ? random.pick(corpus) : generate(random)
  const sample = random.oneIn(3) ? base : mutate(base, [generate(random), ...corpus], random)
  return { sample, verdict: await examine(seed, sample) }
}

/** Throws a Disagreement if there is one. */
export async function examine (seed: number, sample: Sample): Promise<Verdict> {
  const verdict = await compare(sample, new Random(seed))
  if (verdict.failure === '') return verdict
  throw new Disagreement(seed, verdict.failure, sample, await minimize(sample, seed, verdict.failure))
}

/** Leaves out what the disagreement does not need, in ever smaller pieces. */
async function minimize (sample: Sample, seed: number, failure: string): Promise<Sample> {
  let smallest = sample
  for (let length = sample.bytes.length >> 1; length > 0; length >>= 1) {
    for (let at = 0; at < smallest.bytes.length;) {
      const bytes = Buffer.concat([smallest.bytes.subarray(0, at), smallest.bytes.subarray(at + length)])
      const candidate = { ...smallest, bytes }
      if ((await compare(candidate, new Random(seed))).failure === failure) smallest = candidate
      else at += length
    }
  }
  return smallest
}
