// Takes off the list of test/house/pending.ts what does not occur any more, and adds nothing.

import { writeFileSync } from 'node:fs'
import { root } from './imports.ts'
import { pending } from './pending.ts'
import { violations, type Wall } from './walls.ts'

function listOf (wall: Wall): string {
  const left = pending[wall].filter((known) => violations[wall].includes(known))
  const lines = left.map((known) => `    '${known}'`).join(',\n')
  return `  ${wall}: [${lines === '' ? '' : `\n${lines}\n  `}]`
}

const walls = Object.keys(violations) as Wall[]
writeFileSync(`${root}test/house/pending.ts`, `\
import type { Wall } from './walls.ts'

/** What still breaks a wall of imports.test.ts. These lists only shrink, and are empty when the house is rebuilt. */
export const pending: Record<Wall, string[]> = {
${walls.map(listOf).join(',\n')}
}
`)
