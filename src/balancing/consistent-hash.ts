import type { Balancer, Candidate } from './balancer.ts'
import { hashText, mixHashes, type TextHash } from './hash.ts'
import { rememberLast } from './remember-last.ts'

interface Scored {
  readonly backend: Candidate
  readonly idHash: TextHash
  readonly effectiveWeight: number
}

/**
 * The same key goes to the same backend, on every gateway and whatever the order of the rotation; when a backend comes,
 * goes or changes its weight, only keys that it gains or loses move. Weighted rendezvous hashing: the backend with the
 * highest score -weight / ln(h), where h is a hash of key and backend between 0 and 1. D. Thaler, C. Ravishankar, "Using
 * Name-Based Mappings to Increase Hit Rates", IEEE/ACM ToN 6(1), 1998; the weights as in C. Schindelhauer, G. Schomaker,
 * "Weighted Distributed Hash Tables", SPAA 2005 (the logarithmic method). A pick costs O(n): it looks at every backend.
 */
export function consistentHash (): Balancer {
  const candidatesFor = rememberLast(candidatesOf)
  return {
    usesKey: true,
    pick: (rotation, key) => choose(candidatesFor(rotation), key),
    pickAmong: (candidates, key) => choose(candidatesOf(candidates), key)
  }
}

function candidatesOf (backends: readonly Candidate[]): Scored[] {
  return backends.map((backend) => ({ backend, idHash: hashText(backend.id), effectiveWeight: backend.effectiveWeight }))
}

/** The highest score is the lowest distance -ln(h) / effectiveWeight. */
function choose (candidates: readonly Scored[], key: string): Candidate {
  const keyHash = hashText(key)
  let nearest = candidates[0] as Scored
  let least = Infinity
  for (const candidate of candidates) {
    const { effectiveWeight } = candidate
    const h = mixHashes(keyHash, candidate.idHash)
    // -ln(h) is never less than 1 - h: most need no logarithm.
    if ((1 - h) / effectiveWeight > least) continue
    const distance = -Math.log(h) / effectiveWeight
    if (distance > least || (distance === least && candidate.backend.id > nearest.backend.id)) continue
    least = distance
    nearest = candidate
  }
  return nearest.backend
}
