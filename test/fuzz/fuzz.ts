import { compare } from './differential.ts'
import { generate, type Sample } from './generator.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'
import { compareRequests } from './request-differential.ts'
import { generateRequests } from './request-generator.ts'

/** A parser of ours, what it reads, and how it is held against Node's. */
export interface FuzzTarget<V extends { readonly failure: string }> {
  readonly name: 'response' | 'request'
  generate (random: Random): Sample
  compare (sample: Sample, random: Random): Promise<V>
}

export const responses: FuzzTarget<Awaited<ReturnType<typeof compare>>> = { name: 'response', generate, compare }
export const requests: FuzzTarget<Awaited<ReturnType<typeof compareRequests>>> = {
  name: 'request', generate: generateRequests, compare: compareRequests
}

/** An input the two parsers disagree on. */
export class Disagreement extends Error {
  constructor (target: string, seed: number, failure: string, sample: Sample, smallest: Sample) {
    super([
      `${failure}`,
      `replay: npm run fuzz -- --parser ${target} --seed ${seed} --iterations 1`,
      `method: ${smallest.method}, upgrade: ${smallest.upgrade}`,
      `input: ${sample.bytes.toString('base64')}`,
      `minimized: ${smallest.bytes.toString('base64')}`,
      `that is: ${JSON.stringify(smallest.bytes.toString('latin1'))}`
    ].join('\n'))
    this.name = 'Disagreement'
  }
}

/** One round, the same for the same seed and corpus. */
export async function fuzzOnce<V extends { readonly failure: string }> (
  target: FuzzTarget<V>, seed: number, corpus: readonly Sample[]
): Promise<{ sample: Sample, verdict: V }> {
  const random = new Random(Math.imul(seed, 0x9e3779b1))
  const base = corpus.length > 0 && random.oneIn(3) ? random.pick(corpus) : target.generate(random)
  const sample = random.oneIn(3) ? base : mutate(base, [target.generate(random), ...corpus], random)
  return { sample, verdict: await examine(target, seed, sample) }
}

/** Throws a Disagreement if there is one. */
export async function examine<V extends { readonly failure: string }> (target: FuzzTarget<V>, seed: number, sample: Sample): Promise<V> {
  const verdict = await target.compare(sample, new Random(seed))
  if (verdict.failure === '') return verdict
  throw new Disagreement(target.name, seed, verdict.failure, sample, await minimize(target, sample, seed, verdict.failure))
}

/** Leaves out what the disagreement does not need, in ever smaller pieces. */
async function minimize<V extends { readonly failure: string }> (
  target: FuzzTarget<V>, sample: Sample, seed: number, failure: string
): Promise<Sample> {
  let smallest = sample
  for (let length = sample.bytes.length >> 1; length > 0; length >>= 1) {
    for (let at = 0; at < smallest.bytes.length;) {
      const bytes = Buffer.concat([smallest.bytes.subarray(0, at), smallest.bytes.subarray(at + length)])
      const candidate = { ...smallest, bytes }
      if ((await target.compare(candidate, new Random(seed))).failure === failure) smallest = candidate
      else at += length
    }
  }
  return smallest
}
