import { createServer, METHODS, type IncomingMessage, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { FastifyError } from '@fastify/error'
import { BadRequestError, ExpectationFailedError, HeadersTooLargeError } from '../errors.ts'
import { reasonOf } from './client-error.ts'
import { keepAliveLines } from './own-head.ts'
import { refuseRequest } from './server-exchange.ts'
import type { Refusals } from './refusals.ts'
import { addressOf } from './trust.ts'
import { Turns } from './turns.ts'
import { hasTooManyFields, maxFields, mayHaveBody } from './upgrades.ts'

/** The types of Node 20 do not have the callback, which is there from 22.21 and 24.9 on. */
interface UpgradingServerOptions extends ServerOptions {
  readonly shouldUpgradeCallback: (req: IncomingMessage) => boolean
}

const kIgnoresUpgrade = Symbol('ignores-upgrade')

interface ClientRequest extends IncomingMessage {
  [kIgnoresUpgrade]?: boolean
}

/** The server that clients talk to, as a gateway needs it. */
export function createClientServer (route: RequestListener, refusals: Refusals): Server {
  const turns = new Turns(refusals)
  const onRequest = turns.inTurn((req: ClientRequest, res: ServerResponse) => {
    const error = errorFor(req)
    if (error !== undefined) return refuse(req, res, error)
    // Of what comes in the same piece as the end of such a request, Node loses the rest: its client has to send it again.
    if (req[kIgnoresUpgrade] === true) res.shouldKeepAlive = false
    return route(req, res)
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
  server.on('checkExpectation', turns.inTurn((req, res) => { refuse(req, res, new ExpectationFailedError()) }))
  // How long a request may take is for the limits on its parts to say.
  server.requestTimeout = 0
  // Node drops the fields beyond this without a word, a Content-Length among them: the last one is there to be noticed.
  server.maxHeadersCount = maxFields + 1
  return server

  function refuse (req: IncomingMessage, res: ServerResponse, error: FastifyError): void {
    refusals.report({ reason: reasonOf(error), statusCode: error.statusCode, client: addressOf(req.socket) })
    // Whether the body that an unknown expectation is about will come cannot be told.
    if (error.statusCode !== 417 || mayHaveBody(req)) res.shouldKeepAlive = false
    refuseRequest(res, error, keepAliveLines(server.keepAliveTimeout))
  }
}

function errorFor (req: IncomingMessage): FastifyError | undefined {
  if (hasTooManyFields(req)) return new HeadersTooLargeError()
  return isHttp1(req) ? undefined : new BadRequestError()
}

/**
 * Node's parser takes requests of RTSP and of Icecast too, in version 1.0, and does not tell which protocol they named: by
 * methods that only these have, and by the field that each request of RTSP has (RFC 2326 section 12.17).
 */
function isHttp1 ({ httpVersionMajor, httpVersionMinor, method, headers }: IncomingMessage): boolean {
  if (httpVersionMajor !== 1) return false
  return httpVersionMinor === 1 || (METHODS.includes(method as string) && method !== 'SOURCE' && headers['cseq'] === undefined)
}
