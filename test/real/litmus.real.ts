import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startApache } from './apache.ts'
import { program } from './program.ts'
import { run } from './run.ts'
import { tempDir } from './temp-dir.ts'
import { ways, type Way } from './ways.ts'

const suites = ['basic', 'copymove', 'props', 'locks', 'http']

// COPY and MOVE name their target in `Destination:` as a whole URL, which must be of the host in `Host:`. Not every Apache
// minds, so the two are among what is compared: a gateway that rewrites one of them fails here.
test("litmus finds the same in Apache's mod_dav, directly and through the gateway", { timeout: 120_000 }, async (t) => {
  const direct = await litmus(t, 'directly')
  const gateway = await litmus(t, 'through the gateway')

  assert.equal(direct.findings.filter((line) => /begin\.+ pass$/.test(line)).length, suites.length, 'Apache itself lets every suite begin')
  assert.deepEqual(gateway.findings, direct.findings)
  // A target with a fragment is none (RFC 9112 section 3.2): the gateway answers it with 400 itself, as Apache does.
  assert.deepEqual(gateway.requests, direct.requests.filter((request) => request !== 'DELETE -/dav/litmus/frag/ 400 - -'))
  assert.deepEqual(gateway.summaries.map(({ suite }) => suite), suites, 'a summary per suite')
  for (const { line } of gateway.summaries) t.diagnostic(line)
  t.diagnostic(`same ${gateway.findings.length} lines of litmus, same ${gateway.requests.length} requests seen by Apache`)
})

/** Runs all suites against a fresh Apache. */
async function litmus (t: TestContext, way: Way) {
  const apache = await startApache(t, '<Location /dav>\n  Dav On\n</Location>', (root) => { mkdirSync(join(root, 'dav')) })
  const url = await ways[way](t, apache.url)
  const { code, stdout, durationMs } = await run(program('litmus'), ['-k', `${url}/dav/`], { cwd: tempDir(t) })
  t.diagnostic(`litmus ${way}: exit code ${code} after ${Math.round(durationMs)} ms`)
  // A test's line is written twice, when it starts and when it has ended, with a carriage return between.
  const findings = stdout.split('\n').map((line) => line.slice(line.lastIndexOf('\r') + 1))
  return { findings, summaries: summaries(findings), requests: await apache.end(url) }
}

/** "<- summary for `basic': of 16 tests run: 16 passed, 0 failed. 100.0%" */
function summaries (findings: string[]) {
  return findings.flatMap((line) => {
    const suite = /^<- summary for `(\w+)'/.exec(line)?.[1]
    return suite === undefined ? [] : [{ suite, line }]
  })
}
