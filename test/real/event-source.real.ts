import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openBrowser } from './browser.ts'
import { startEventBackend } from './event-backend.ts'
import { waitFor } from './wait-for.ts'
import { ways, type Way } from './ways.ts'

const events = 20
const more = 3
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('a browser hears the same events, directly and through the gateway', { timeout: 120_000 }, async (t) => {
  const direct = await listen(t, 'directly')
  const gateway = await listen(t, 'through the gateway')
  assert.deepEqual(gateway, direct)
  t.diagnostic(`same connections and events: ${JSON.stringify(gateway)}`)
})

async function listen (t: TestContext, way: Way) {
  const backend = await startEventBackend(t, events)
  const url = await ways[way](t, backend.url)
  const page = await openBrowser(t)
  await page.goto(url)

  await waitFor('the browser connects again after the first response', () => backend.streams.length === 2)
  await waitFor('events of the second response are heard', () => Number(backend.streams[1]?.heard.length) >= more)
  const [first, second] = backend.streams
  assert.ok(first !== undefined && second !== undefined)

  // The backend ends a response only after the page has told that it heard every event in it: one that is held back anywhere
  // would never be told of.
  assert.deepEqual(first.heard, ids(1, events))
  assert.deepEqual(second.heard.slice(0, more), ids(events + 1, events + more))
  assert.equal(second.lastEventId, String(events))
  assert.ok(first.firstHeardAfterMs < 1000, `the first event was heard after ${first.firstHeardAfterMs} ms`)

  await page.close()
  await waitFor('the backend notices that the browser has left', () => second.isGone)
  t.diagnostic(
    `${way}: first event of ${events} heard after ${Math.round(first.firstHeardAfterMs)} ms, last after ` +
    `${Math.round(first.lastHeardAfterMs)} ms`
  )
  return {
    first: { accept: first.accept, lastEventId: first.lastEventId, heard: first.heard },
    second: { accept: second.accept, lastEventId: second.lastEventId, heard: second.heard.slice(0, more) }
  }
}
