import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterCheck, type Checked } from '../../src/backends/health.ts'

const thresholds = { fall: 3, rise: 2 }

const table: [before: Checked, passed: boolean, after: Checked][] = [
  [{ state: 'unchecked' }, true, { state: 'healthy', failures: 0 }],
  [{ state: 'unchecked' }, false, { state: 'unhealthy', passes: 0 }],
  [{ state: 'healthy', failures: 0 }, true, { state: 'healthy', failures: 0 }],
  [{ state: 'healthy', failures: 0 }, false, { state: 'healthy', failures: 1 }],
  [{ state: 'healthy', failures: 1 }, false, { state: 'healthy', failures: 2 }],
  [{ state: 'healthy', failures: 2 }, true, { state: 'healthy', failures: 0 }],
  [{ state: 'healthy', failures: 2 }, false, { state: 'unhealthy', passes: 0 }],
  [{ state: 'unhealthy', passes: 0 }, false, { state: 'unhealthy', passes: 0 }],
  [{ state: 'unhealthy', passes: 0 }, true, { state: 'unhealthy', passes: 1 }],
  [{ state: 'unhealthy', passes: 1 }, false, { state: 'unhealthy', passes: 0 }],
  [{ state: 'unhealthy', passes: 1 }, true, { state: 'healthy', failures: 0 }]
]

for (const [before, passed, after] of table) {
  test(`${describe(before)} becomes ${describe(after)} when a check ${passed ? 'passes' : 'fails'}`, () => {
    assert.deepEqual(afterCheck(before, passed, thresholds), after)
  })
}

test('with thresholds of 1 every check decides', () => {
  const each = { fall: 1, rise: 1 }
  assert.deepEqual(afterCheck({ state: 'healthy', failures: 0 }, false, each), { state: 'unhealthy', passes: 0 })
  assert.deepEqual(afterCheck({ state: 'unhealthy', passes: 0 }, true, each), { state: 'healthy', failures: 0 })
})

function describe (health: Checked): string {
  if (health.state === 'healthy') return `healthy with ${health.failures} failures`
  if (health.state === 'unhealthy') return `unhealthy with ${health.passes} passes`
  return 'unchecked'
}
