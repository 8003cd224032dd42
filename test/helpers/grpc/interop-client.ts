import { Client, credentials, Metadata, type ClientDuplexStream, type MethodDefinition, type StatusObject } from '@grpc/grpc-js'

/** What a client trusts, and the server name that it asks for: it goes into SNI and `:authority`. */
export interface ClientTls {
  readonly ca: string
  readonly servername: string
}

export interface Target {
  /** Host and port. */
  readonly target: string
  /** None: h2c. */
  readonly tls?: ClientTls | undefined
}

/** How a call ended, and everything that came before. */
export interface Ended<Response> {
  readonly code: number
  readonly message: string
  readonly responses: readonly Response[]
  /** Undefined where the answer was trailers-only, or where there was none. */
  readonly headers: Metadata | undefined
  readonly trailers: Metadata
}

/** More than anything here takes on a busy machine: a call that hangs ends as DEADLINE_EXCEEDED. */
const patienceMs = 20_000

/** A client on a connection that it shares with no other. */
export class InteropClient {
  readonly #client: Client

  constructor ({ target, tls }: Target) {
    this.#client = new Client(target, tls === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(tls.ca)), {
      'grpc.use_local_subchannel_pool': 1,
      ...(tls === undefined ? {} : { 'grpc.ssl_target_name_override': tls.servername, 'grpc.default_authority': tls.servername })
    })
  }

  /** Starts a call of any kind: by HTTP/2 they all are streams in both directions, and differ in how many messages are on them. */
  start<Request, Response> (
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
    { metadata = new Metadata(), timeoutMs = patienceMs } = {}
  ): Call<Request, Response> {
    const options = { deadline: Date.now() + timeoutMs }
    return new Call(this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, options))
  }

  /** Sends these messages and half-closes. Resolves with how the call ended, and never rejects. */
  call<Request, Response> (
    method: MethodDefinition<Request, Response>,
    requests: readonly Request[],
    metadata = new Metadata()
  ): Promise<Ended<Response>> {
    const call = this.start(method, { metadata })
    for (const request of requests) call.send(request)
    call.halfClose()
    return call.ended
  }

  close (): void {
    this.#client.close()
  }
}

/** A call that is on its way. */
export class Call<Request, Response> {
  readonly #stream: ClientDuplexStream<Request, Response>
  /** Never rejects. */
  readonly ended: Promise<Ended<Response>>
  /** The headers of the response. Rejects when the call ends without any. */
  readonly begun: Promise<Metadata>

  constructor (stream: ClientDuplexStream<Request, Response>) {
    this.#stream = stream
    this.ended = endOf(stream)
    this.begun = this.#orEnd(new Promise((resolve) => { stream.once('metadata', resolve) }))
    this.begun.catch(() => {})
  }

  send (request: Request): void {
    this.#stream.write(request)
  }

  halfClose (): void {
    this.#stream.end()
  }

  cancel (): void {
    this.#stream.cancel()
  }

  /** The next response that arrives. Rejects when the call ends first. */
  next (): Promise<Response> {
    return this.#orEnd(new Promise((resolve) => { this.#stream.once('data', resolve) }))
  }

  #orEnd<Value> (value: Promise<Value>): Promise<Value> {
    const end = this.ended.then(({ code, message }) => { throw new Error(`the call has ended with ${code} "${message}"`) })
    return Promise.race([value, end])
  }
}

async function endOf<Request, Response> (stream: ClientDuplexStream<Request, Response>): Promise<Ended<Response>> {
  const responses: Response[] = []
  let headers: Metadata | undefined
  stream.on('data', (response: Response) => { responses.push(response) })
  stream.on('metadata', (metadata: Metadata) => { headers = metadata })
  const hasEnded = new Promise((resolve) => { stream.once('end', resolve) })
  // Every status but OK is an error of the stream too.
  stream.on('error', () => {})
  const status = await new Promise<StatusObject>((resolve) => { stream.once('status', resolve) })
  await hasEnded
  return { code: status.code, message: status.details, responses, headers, trailers: status.metadata }
}
