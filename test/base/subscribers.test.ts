import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Subscribers } from '../../src/base/subscribers.ts'

test('each subscriber hears each value, in the order in which they came, until it ends that', () => {
  const subscribers = new Subscribers<string>()
  const heard: string[] = []
  subscribers.subscribe((value) => { heard.push(`first ${value}`) })
  const unsubscribe = subscribers.subscribe((value) => { heard.push(`second ${value}`) })
  subscribers.notify('a')
  unsubscribe()
  subscribers.notify('b')
  assert.deepEqual(heard, ['first a', 'second a', 'first b'])
})

test('one that unsubscribes while it is told keeps no other from hearing', () => {
  const subscribers = new Subscribers<number>()
  const heard: number[] = []
  const unsubscribe = subscribers.subscribe(() => { unsubscribe() })
  subscribers.subscribe((value) => { heard.push(value) })
  subscribers.notify(1)
  subscribers.notify(2)
  assert.deepEqual(heard, [1, 2])
})
