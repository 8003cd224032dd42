import type { Clock } from '../base/clock.ts'
import type { Forked } from './forked.ts'

const lookMs = 1000

/** After so many looks without a message in between, a child hangs: it says each second that it is there. */
const maxSilence = 10

/** Before its first message, a child loads its code. */
const maxSilenceAtStart = 60

/**
 * Calls `onSilent` for each child that says nothing for 10 s; for 60 s after its start. Looks are counted, and not the time, which goes
 * on while this process and its children are stopped together. The returned function ends the watch.
 */
export function watchSilence (children: Iterable<Forked>, clock: Clock, onSilent: (child: Forked) => void): () => void {
  let cancel = clock.after(lookMs, look)

  function look (): void {
    for (const child of children) {
      if (child.wasKilled) continue // what has been killed already has nothing to say
      child.silence++
      if (child.silence === (child.wasHeard ? maxSilence : maxSilenceAtStart)) onSilent(child)
    }
    cancel = clock.after(lookMs, look)
  }

  return () => { cancel() }
}
