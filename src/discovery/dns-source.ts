import type { Clock } from '../base/clock.ts'
import { askDns, type DnsQuestion } from './dns-answers.ts'
import type { NameServers } from './name-servers.ts'
import type { DiscoverySource, SourceListener } from './source.ts'

export interface DnsSourceOptions {
  readonly question: DnsQuestion
  readonly servers: NameServers
  readonly clock: Clock
  readonly random: () => number
}

/** Between these, a TTL is taken at its word: Docker's name server says 600 s of containers that live for seconds. In ms. */
const minRefreshMs = 1000
const maxRefreshMs = 10_000
/** Where no TTL was told. */
const usualRefreshMs = 5000

/** After a failure, twice as long each time, and never longer than an answer holds. */
const firstRetryMs = 500

/** A service whose backends are the addresses of a name. */
export function dnsSource ({ question, servers, clock, random }: DnsSourceOptions): DiscoverySource {
  return {
    description: `${question.type === 'srv' ? 'SRV records' : 'DNS'} of ${question.name}`,
    watch (listener) {
      let isEnded = false
      let cancel = (): void => {}
      let retryMs = firstRetryMs

      function ask (): void {
        askDns(question, servers).then(({ endpoints, ttl }) => {
          if (isEnded) return
          retryMs = firstRetryMs
          plan(ttl === undefined ? usualRefreshMs : Math.min(Math.max(ttl * 1000, minRefreshMs), maxRefreshMs))
          listener.onSnapshot(endpoints)
        }, (error: unknown) => {
          if (isEnded) return
          // Somewhere in the second half of the time, so that gateways do not ask in step.
          plan(retryMs * (1 - random() / 2))
          retryMs = Math.min(retryMs * 2, maxRefreshMs)
          listener.onProblem(problemOf(error))
        }).catch((error: unknown) => { tellFault(listener, error) })
      }

      function plan (delayMs: number): void {
        cancel = clock.after(delayMs, ask)
      }

      ask()
      return () => {
        isEnded = true
        cancel()
        servers.cancel()
      }
    }
  }
}

/** What a listener has thrown must not end the process; the next answer is tried as if nothing had been. */
function tellFault (listener: SourceListener, error: unknown): void {
  listener.onProblem(`the gateway could not take the answer: ${String(error)}`)
}

const words: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no name server has answered in time',
  ECONNREFUSED: 'no name server accepts questions',
  ESERVFAIL: 'the name server has failed (SERVFAIL)',
  EREFUSED: 'the name server refuses the question (REFUSED)',
  EAI_AGAIN: 'the system cannot look it up now (EAI_AGAIN)'
}

function problemOf (error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return words[code] ?? message
}
