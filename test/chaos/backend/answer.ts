/** Carries the id of a request to the backend, and back. */
export const idHeader = 'x-chaos-id'
/** The name of the backend that answered. */
export const backendHeader = 'x-chaos-backend'

/** What `backend` answers to the request `id`: it tells of whose it is in each line, and ids differ in its length. */
export function answerTo (id: string, backend: string): string {
  const lines = 1 + Number(id.slice(id.lastIndexOf('-') + 1)) % 40
  return `${id} ${backend}\n`.repeat(lines)
}

export function bodyOfPost (id: string): string {
  return answerTo(id, 'post')
}
