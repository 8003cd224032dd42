import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerName } from '../../bench/peers/peers.ts'
import { ratioOf } from '../../bench/report/figures.ts'
import { judge } from '../../bench/report/goals.ts'
import { readOptions } from '../../bench/options.ts'
import { estimateMinutes } from '../../bench/run/estimate.ts'
import { notQuiet, type Sample } from '../../bench/run/sample.ts'

function small (peer: PeerName, cpuMicros: readonly number[], problems: readonly string[] = []): Sample[] {
  return cpuMicros.map((value, round) => ({ round, scenario: 'small', peer, metrics: { cpuMicros: value }, problems }))
}

function verdictAgainstNginx (samples: readonly Sample[]) {
  return judge(samples).find(({ goal }) => goal.text === 'small responses, against nginx')
}

test('a ratio is the median of the ratios within each round', () => {
  const samples = [...small('nginx', [10, 20, 40]), ...small('evenkeel', [30, 20, 60])]
  const ratio = ratioOf(samples, { scenario: 'small', peer: 'evenkeel' }, { scenario: 'small', peer: 'nginx' }, 'cpuMicros')
  assert.deepEqual(ratio, { median: 1.5, least: 1, most: 3 })
})

test('a goal is met at its limit and missed above it', () => {
  assert.equal(verdictAgainstNginx([...small('nginx', [10]), ...small('evenkeel', [15])])?.state, 'met')
  assert.equal(verdictAgainstNginx([...small('nginx', [10]), ...small('evenkeel', [15.1])])?.state, 'missed')
})

test('a wrong answer in one round is a miss, however good the others are', () => {
  const wrong: Sample = { round: 1, scenario: 'small', peer: 'evenkeel', metrics: {}, problems: ['answered 502'] }
  assert.equal(verdictAgainstNginx([...small('nginx', [10, 10]), ...small('evenkeel', [11]), wrong])?.state, 'missed')
})

test('a goal without figures is neither', () => {
  assert.equal(verdictAgainstNginx(small('nginx', [10]))?.state, 'not measured')
  assert.equal(verdictAgainstNginx(small('evenkeel', [10]))?.state, 'not measured')
})

test('a round that the machine spoilt is left out, and is no miss', () => {
  const spoilt: Sample = { round: 1, scenario: 'small', peer: 'evenkeel', metrics: { cpuMicros: 90 }, problems: [`late: ${notQuiet}`] }
  assert.equal(verdictAgainstNginx([...small('nginx', [10, 10]), ...small('evenkeel', [11]), spoilt])?.state, 'met')
})

test('a figure without another one to compare it with is judged as it is', () => {
  const idle = (kibPerConnection: number): Sample => {
    return { round: 0, scenario: 'idle', peer: 'evenkeel', metrics: { kibPerConnection }, problems: [] }
  }
  const states = [7.9, 8.1].map((kib) => judge([idle(kib)]).find(({ goal }) => goal.subject.scenario === 'idle')?.state)
  assert.deepEqual(states, ['met', 'missed'])
})

test('the whole benchmark takes at most 25 minutes', () => {
  assert.ok(estimateMinutes(readOptions([])) <= 25, `${estimateMinutes(readOptions([]))} minutes`)
})
