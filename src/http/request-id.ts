/** What may name a request: a log and every backend can carry it. */
const grammar = /^[ -~]{1,200}$/

let lastId = ''

export function isRequestId (value: unknown): value is string {
  if (value === lastId) return value !== ''
  if (typeof value !== 'string' || !grammar.test(value)) return false
  lastId = value
  return true
}

/** Makes what names requests from then on, for a process of this name. `said` is what a peer that is trusted calls the request. */
export function requestIds (instance: string): (said: unknown) => string {
  const prefix = `${instance}-`
  let requests = 0
  return (said) => {
    if (said !== undefined && isRequestId(said)) return said
    return (lastId = prefix + (++requests).toString(36))
  }
}
