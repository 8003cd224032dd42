import { hashText, mixHashes } from '../balancing/hash.ts'

/** One of those that the requests of a route are divided among. */
export interface Share<Member> {
  readonly member: Member
  /** Relative to the others; 0: none. */
  readonly weight: number
}

const nothing = hashText('')

/**
 * Draws a member in proportion to the weights: `point` is from 0 up to 1. One that `isAble` denies passes its share to the others, in
 * proportion to theirs; those drawn for the others stay where they are. Undefined where nothing is left.
 */
export function drawShare<Member> (
  shares: ReadonlyArray<Share<Member>>, point: number, isAble: (member: Member) => boolean
): Member | undefined {
  let left = point * totalOf(shares)
  const drawn = shareAt(shares, left)
  if (drawn === undefined || isAble(drawn.member)) return drawn?.member
  for (const share of shares) {
    if (share === drawn) break
    left -= share.weight
  }
  // Where in its share the point lies is a point among the others: taken as it is, it would only reach some of them.
  const able = shares.filter(({ member }) => isAble(member))
  return shareAt(able, left / drawn.weight * totalOf(able))?.member
}

/** The point of a key: the same for the same key, so that who has it stays with a member while the weights do. */
export function pointOf (key: string): number {
  return mixHashes(hashText(key), nothing)
}

function totalOf (shares: ReadonlyArray<Share<unknown>>): number {
  let total = 0
  for (const { weight } of shares) total += weight
  return total
}

/** The share in which `left` lies, when they are laid end to end; by a rounding beyond the last: that one. */
function shareAt<Member> (shares: ReadonlyArray<Share<Member>>, left: number): Share<Member> | undefined {
  let last: Share<Member> | undefined
  for (const share of shares) {
    if (share.weight === 0) continue
    last = share
    left -= share.weight
    if (left < 0) return share
  }
  return last
}
