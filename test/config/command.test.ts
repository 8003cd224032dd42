import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommand } from '../../src/command-line.ts'

for (const [args, expected] of [
  [[], { type: 'run', envFile: undefined, plugins: [] }],
  [['--check', '--env-file', 'a.env'], { type: 'check', envFile: 'a.env', plugins: [] }],
  [['--plugin', 'a.js', '--plugin=b.js'], { type: 'run', envFile: undefined, plugins: ['a.js', 'b.js'] }],
  [['-h'], { type: 'help' }],
  [['--check', '--version'], { type: 'version' }]
] as const) {
  test(`evenkeel ${args.join(' ')} is understood`, () => { assert.deepEqual(readCommand(args), expected) })
}

for (const [args, problem] of [
  [['--bogus'], 'there is no option --bogus'],
  [['--no-check'], 'there is no option --no-check'],
  [['-x'], 'there is no option -x'],
  [['-hx'], 'there is no option -x'],
  [['--port', '1'], 'there is no option --port; set the environment variable PORT instead'],
  [['--port=1'], 'there is no option --port; set the environment variable PORT=1 instead'],
  [['--health-check-path=/up'], 'there is no option --health-check-path; set the environment variable HEALTH_CHECK_PATH=/up instead'],
  [['start'], 'there is no command "start"'],
  [['--', 'start'], 'there is no command "start"'],
  [['--plugin'], 'the option --plugin needs a file'],
  [['--env-file='], 'the option --env-file needs a file'],
  [['--plugin', '--check'], 'the option --plugin needs a file'],
  [['--check=yes'], 'the option --check takes no value']
] as const) {
  test(`evenkeel ${args.join(' ')} is refused`, () => { assert.deepEqual(readCommand(args), { type: 'wrong', problem }) })
}

test('a request that is explained may have headers, which go with nothing else', () => {
  const command = readCommand(['--check', 'a.yaml', '--explain', 'GET x.test/', '--header', 'cookie: a=1', '--header', 'x-a: b'])
  assert.deepEqual(command, {
    type: 'check', envFile: undefined, plugins: [], configFile: 'a.yaml', explain: 'GET x.test/', headers: ['cookie: a=1', 'x-a: b']
  })
  assert.deepEqual(readCommand(['--check', '--header', 'a: b']), { type: 'wrong', problem: 'the option --header goes with --explain' })
})
