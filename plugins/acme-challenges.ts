import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { OwnerExchange } from '../src/downstream/owner-exchange.ts'
import { bytesAnswer, sendAnswer } from '../src/forwarding/own-answer.ts'

/** RFC 8555 section 8.3. */
const challengePath = '/.well-known/acme-challenge/'

/** Answers what a CA asks for by HTTP: before all routes and hooks, and before a redirect to https. */
async function acmeChallenges (fastify: FastifyInstance) {
  const { acme, listener, nameRequest } = fastify
  if (acme === undefined) return
  const { challenges } = acme

  fastify.addHook('onReady', async () => {
    const serve = listener.onExchange
    listener.onExchange = (exchange) => {
      if (!mayBeChallenge(exchange)) return serve(exchange)
      answer(exchange, serve).catch((error: unknown) => {
        listener.onThrown(error)
        exchange.reset('cut')
      })
    }
  })

  /** What no CA was told to ask for is a request like any other. */
  async function answer (exchange: OwnerExchange, serve: (exchange: OwnerExchange) => void): Promise<void> {
    const keyAuthorization = await challenges.answerTo(exchange.head.target.slice(challengePath.length))
    if (exchange.isEnded) return
    if (keyAuthorization === undefined) return serve(exchange)
    const requestIdLine = `X-Request-Id: ${nameRequest(undefined)}\r\n`
    sendAnswer(exchange, bytesAnswer(Buffer.from(keyAuthorization)), { requestIdLine, hookLines: '', changes: undefined })
  }
}

function mayBeChallenge ({ head, body, upgrade }: OwnerExchange): boolean {
  if (!head.target.startsWith(challengePath) || head.isMalformed) return false
  return (head.method === 'GET' || head.method === 'HEAD') && body === 'none' && upgrade === undefined
}

export default fp(acmeChallenges, {
  name: 'acme-challenges',
  dependencies: ['acme', 'downstream', 'request-id', 'catch-all'],
  fastify: '5.x'
})
