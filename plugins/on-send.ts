import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify'
import { headersForHooks, settledHead, type HeadHooks } from '../src/forwarding/head-hooks.ts'
import { asksForClose, type HookHeaders } from '../src/forwarding/hook-headers.ts'

/** An `onSend` hook has returned another payload, for which it may have changed the headers. */
export class PayloadChangedError extends Error {
  constructor () {
    super('an onSend hook returned a payload for a response of a backend, whose body passes through unread')
  }
}

type Run = (request: FastifyRequest, reply: FastifyReply, ...args: Parameters<HeadHooks['run']>) => void

/**
 * Runs the `onSend` hooks on the head of a forwarded response, as Fastify would, with an undefined payload. They see the status
 * and the headers of the backend in `reply`, and may change both.
 */
export function onSendRunner (hooks: readonly onSendHookHandler[], instance: FastifyInstance): Run {
  return (request, reply, head, done) => {
    const shown = headersForHooks(head.fields)
    let next = 0

    function onDone (error?: unknown, payload?: unknown): void {
      if (error != null) return done(undefined, error)
      if (payload !== undefined) return done(undefined, new PayloadChangedError())
      const hook = hooks[next++]
      if (hook === undefined) return settle()
      try {
        const result: unknown = hook.call(instance, request, reply, undefined, onDone)
        if (isThenable(result)) result.then((changed) => { onDone(null, changed) }, (reason: unknown) => { onDone(reason ?? new Error('an onSend hook was rejected')) })
      } catch (thrown) {
        done(undefined, thrown)
      }
    }

    function settle (): void {
      let settled
      try {
        const wanted = reply.getHeaders() as HookHeaders
        settled = { ...settledHead(head, shown, wanted, reply.statusCode), isLast: asksForClose(wanted) }
      } catch (thrown) {
        return done(undefined, thrown)
      }
      done(settled)
    }

    show(reply, head.statusCode, shown)
    onDone(null)
  }
}

/** The backend's headers win over what hooks have set before, but for cookies, of which there may be many. */
function show (reply: FastifyReply, statusCode: number, headers: Map<string, string[]>): void {
  reply.raw.statusCode = statusCode
  for (const [name, values] of headers) {
    if (name !== 'set-cookie') {
      reply.header(name, values.length === 1 ? values[0] : [...values])
      continue
    }
    const cookies = [reply.getHeader(name) ?? []].flat().map(String)
    reply.removeHeader(name)
    reply.header(name, [...cookies, ...values])
  }
}

function isThenable (value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
