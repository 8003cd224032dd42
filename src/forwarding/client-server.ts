import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { inTurn } from './turns.ts'
import { mayHaveBody } from './upgrades.ts'

/** The types of Node 20 do not have the callback, which is there from 22.21 and 24.9 on. */
interface UpgradingServerOptions extends ServerOptions {
  readonly shouldUpgradeCallback: (req: IncomingMessage) => boolean
}

const kIgnoresUpgrade = Symbol('ignores-upgrade')

interface ClientRequest extends IncomingMessage {
  [kIgnoresUpgrade]?: boolean
}

/** The server that clients talk to, as a gateway needs it. */
export function createClientServer (route: RequestListener): Server {
  const onRequest = inTurn((req: ClientRequest, res: ServerResponse) => {
    // Of what comes in the same piece as the end of such a request, Node loses the rest: its client has to send it again.
    if (req[kIgnoresUpgrade] === true) res.shouldKeepAlive = false
    route(req, res)
  })
  const options: UpgradingServerOptions = {
    connectionsCheckingInterval: 1000,
    // A missing Host is refused by the forwarder, in the shape of all its answers.
    requireHostHeader: false,
    // Node 26 reads the body of an upgrade for the request, and gives the connection away only after that.
    shouldUpgradeCallback: (req: ClientRequest) => {
      req[kIgnoresUpgrade] = mayHaveBody(req)
      return !req[kIgnoresUpgrade]
    }
  }
  const server = createServer(options, onRequest)
  // Without this Node says "100 Continue" before a backend was asked.
  server.on('checkContinue', onRequest)
  // How long a request may take is for the limits on its parts to say.
  server.requestTimeout = 0
  // Beyond 2000 fields Node would drop the rest without a word, a Content-Length among them. Their bytes are limited anyway.
  server.maxHeadersCount = 0
  return server
}
