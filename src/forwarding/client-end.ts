import type { IncomingMessage, ServerResponse } from 'node:http'

export interface ClientEndListener {
  /** The client has its answer, or has left. */
  onClientEnd (): void
}

const kListener = Symbol('client-end-listener')

interface ListenedResponse extends ServerResponse {
  [kListener]?: ClientEndListener | undefined
}

/** Tells `listener` once when the request is over for its client, however it ended. */
export function onClientEnd (req: IncomingMessage, res: ServerResponse, listener: ClientEndListener): void {
  const listened: ListenedResponse = res
  listened[kListener] = listener
  res.on('close', onClose)
  if (res.socket === null) closeWithClient(req, res)
}

/** Some versions of Node tell a response in a pipeline twice. */
function onClose (this: ListenedResponse): void {
  const listener = this[kListener]
  this[kListener] = undefined
  listener?.onClientEnd()
}

/** Node tells a response that its client has left only when its turn in the pipeline has come: until then, this does. */
function closeWithClient ({ socket }: IncomingMessage, res: ServerResponse): void {
  const close = (): void => { res.emit('close') }
  // One listener for each request of the pipeline is no leak.
  socket.setMaxListeners(0)
  socket.once('close', close)
  res.once('socket', () => { socket.off('close', close) })
}
