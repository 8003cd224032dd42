/**
 * Runs work without waiting for it: if it fails, `onError` is called and the process continues; an unhandled rejection
 * would end it.
 */
export function inBackground (work: Promise<unknown>, onError: (error: unknown) => void): void {
  work.catch(onError)
}
