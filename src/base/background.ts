/**
 * For work that nobody waits for: when it fails, `onError` is told and the process goes on, where a rejection that
 * nobody handles would end it.
 */
export function inBackground (work: Promise<unknown>, onError: (error: unknown) => void): void {
  work.catch(onError)
}
