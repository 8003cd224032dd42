import type { ServerResponse } from 'node:http'

export interface ClientEndListener {
  /** The client has its answer, or has left. */
  onClientEnd (): void
}

const kListener = Symbol('client-end-listener')

interface ListenedResponse extends ServerResponse {
  [kListener]?: ClientEndListener | undefined
}

/** Tells `listener` once when the request is over for its client, however it ended. */
export function onClientEnd (res: ServerResponse, listener: ClientEndListener): void {
  const listened: ListenedResponse = res
  listened[kListener] = listener
  res.on('close', onClose)
}

/** Some versions of Node tell a response twice. */
function onClose (this: ListenedResponse): void {
  const listener = this[kListener]
  this[kListener] = undefined
  listener?.onClientEnd()
}
