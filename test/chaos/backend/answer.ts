/** Carries the id of a request to the backend, and back. */
export const idHeader = 'x-chaos-id'
/** Bodies of requests to paths that begin so are hashed. */
export const uploadPath = '/upload'
/** The name of the backend that answered. */
export const backendHeader = 'x-chaos-backend'

/** What `backend` answers to the request `id`: it tells of whose it is in each line, and ids differ in its length. */
export function answerTo (id: string, backend: string): string {
  const lines = 1 + Number(id.slice(id.lastIndexOf('-') + 1)) % 40
  return `${id} ${backend}\n`.repeat(lines)
}

/** What `backend` answers to an upload: what it has got. */
export function answerToUpload (id: string, backend: string, hash: string): string {
  return `${id} ${backend} ${hash}\n`
}

export function bodyOfPost (id: string): string {
  return answerTo(id, 'post')
}
