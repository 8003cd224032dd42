import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outputRequest, simpleRequest, withPayload } from '../helpers/grpc/interop-messages.ts'
import { readFields, writeFields } from '../helpers/grpc/protobuf.ts'

test('fields are written as the encoding of protobuf describes it', () => {
  // The examples of https://protobuf.dev/programming-guides/encoding/.
  assert.deepEqual(writeFields([[1, 150]]), Buffer.from('089601', 'hex'))
  assert.deepEqual(writeFields([[2, Buffer.from('testing')]]), Buffer.from('120774657374696e67', 'hex'))
  assert.deepEqual(writeFields([[1, 0], [2, Buffer.alloc(0)]]), Buffer.alloc(0))
})

test('fields are read as they were written, with numbers of any length', () => {
  const fields = [[1, 1], [15, 127], [16, 128], [2000, 2 ** 53 - 1], [3, Buffer.alloc(300, 'x')]] as const
  assert.deepEqual(readFields(writeFields(fields)), fields)
})

test('a message that is cut off, or has a type that is not expected, cannot be read', () => {
  for (const hex of ['08', '0896', '12', '120774', '0d00000000']) assert.throws(() => readFields(Buffer.from(hex, 'hex')), hex)
})

test('the messages have the field numbers of messages.proto', () => {
  const status = { code: 2, message: 'no' }
  const request = { responseSize: 3, payload: Buffer.from('a'), status }
  assert.equal(simpleRequest.write(request).toString('hex'), '10031a031201613a06080212026e6f')
  assert.equal(outputRequest.write({ responseSizes: [3, 4] }).toString('hex'), '1202080312020804')
  assert.equal(withPayload.write({ payload: Buffer.from('a') }).toString('hex'), '0a03120161')
  assert.deepEqual(outputRequest.read(outputRequest.write({ responseSizes: [3, 4], payload: Buffer.from('a'), status })), {
    responseSizes: [3, 4], payload: Buffer.from('a'), status
  })
})
