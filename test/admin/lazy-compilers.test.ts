import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lazyCompilers } from '../../src/admin/lazy-compilers.ts'

interface Validate { (value: unknown): boolean, errors?: string[] }

function startCompilers () {
  const asked: string[] = []
  const factory = lazyCompilers((prefix: string) => (route: string) => {
    asked.push(prefix + route)
    const validate: Validate = (value) => {
      validate.errors = value === 'right' ? [] : [`${String(value)} is wrong`]
      return value === 'right'
    }
    return validate
  })
  return { asked, compile: factory('of ') }
}

test('a schema is compiled when it is first needed, and once', () => {
  const { asked, compile } = startCompilers()
  const [one, other] = [compile('one'), compile('other')]
  assert.deepEqual(asked, [])
  assert.deepEqual([one('right'), one('right')], [true, true])
  assert.deepEqual(asked, ['of one'])
  assert.equal(other('right'), true)
  assert.deepEqual(asked, ['of one', 'of other'])
})

test('what a validator finds wrong is where Fastify looks for it', () => {
  const validate = startCompilers().compile('one')
  assert.equal(validate('left'), false)
  assert.deepEqual(validate.errors, ['left is wrong'])
  assert.equal(validate('right'), true)
  assert.deepEqual(validate.errors, [])
})
