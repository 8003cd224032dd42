import type { TestContext } from 'node:test'

const tasks = new WeakMap<TestContext, Array<() => unknown>>()

/** Like `t.after`, but in reverse, so that what was started last ends first, and all of them, also when one fails. */
export function atEnd (t: TestContext, task: () => unknown): void {
  const known = tasks.get(t)
  if (known !== undefined) {
    known.push(task)
    return
  }
  const own = [task]
  tasks.set(t, own)
  t.after(() => runBackwards(own))
}

/** The first failure becomes the test's, when the rest has ended too: an `after` that fails keeps node:test from the next. */
async function runBackwards (own: Array<() => unknown>): Promise<void> {
  const failures: unknown[] = []
  for (const task of own.reverse()) {
    try {
      await task()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
