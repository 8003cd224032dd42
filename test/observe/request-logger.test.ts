import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { requestIdLabel, withLazyRequestChildren } from '../../src/observe/request-logger.ts'

/** A logger that keeps its lines, and how many children it has made. */
function countedLogger () {
  const lines: Array<Record<string, unknown>> = []
  const counts = { children: 0 }
  const logger: FastifyBaseLogger = pino(
    {
      onChild: () => {
        counts.children++
      }
    },
    {
      write: (line: string) => {
        lines.push(JSON.parse(line))
      }
    }
  )
  return { lines, counts, logger: withLazyRequestChildren(logger) }
}

test('a logger of a request is made when it is used, and once', () => {
  const { lines, counts, logger } = countedLogger()
  const before = counts.children
  const own = logger.child({ [requestIdLabel]: 'x1' }, {})
  assert.equal(counts.children, before)
  own.info({ a: 1 }, 'hello %s', 'you')
  own.warn('again')
  assert.equal(counts.children, before + 1)
  assert.deepEqual(
    lines.map(({ requestId, a, msg, level }) => [requestId, a, msg, level]),
    [
      ['x1', 1, 'hello you', 30],
      ['x1', undefined, 'again', 40]
    ]
  )
})

test('it has a level of its own, as any child', () => {
  const { lines, logger } = countedLogger()
  const [quiet, loud] = [logger.child({ [requestIdLabel]: 'x1' }, { level: 'error' }), logger.child({ [requestIdLabel]: 'x2' }, {})]
  assert.deepEqual([quiet.level, loud.level], ['error', 'info'])
  loud.level = 'debug'
  quiet.info('not heard')
  loud.debug('heard')
  logger.debug('not heard either')
  assert.deepEqual(lines.map(({ requestId, msg }) => [requestId, msg]), [['x2', 'heard']])
})

test('a child of it has its id, and a child that is not of a request is made at once', () => {
  const { lines, counts, logger } = countedLogger()
  logger.child({ [requestIdLabel]: 'x1' }).child({ part: 'b' }).info('from below')
  const before = counts.children
  logger.child({ part: 'c' }).info('from beside')
  assert.equal(counts.children, before + 1)
  assert.deepEqual(lines.map(({ requestId, part }) => [requestId, part]), [['x1', 'b'], [undefined, 'c']])
})
