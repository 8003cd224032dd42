import { settingsSchemaFor } from '../schema.ts'
import { inFile } from './service-schema.ts'

const settings = settingsSchemaFor([]).properties

const headerName = '^[!#$%&\'*+.^_`|~0-9A-Za-z-]+$'

function textOrList<Item extends { readonly type: 'string' }> (item: Item, description: string) {
  return { anyOf: [item, { type: 'array', minItems: 1, items: item }], description } as const
}

function headerChanges<const Description extends string> (description: Description) {
  return {
    type: 'object',
    additionalProperties: false,
    description,
    properties: {
      set: {
        type: 'object',
        additionalProperties: { type: 'string', pattern: '^[\\t -~\\u0080-\\u00ff]*$' },
        description: 'headers and their values, which replace those that are there'
      },
      remove: { type: 'array', items: { type: 'string', pattern: headerName }, description: 'names of headers' }
    }
  } as const
}

/** One route of the file. What goes with what, `semantics.ts` says; what can be matched, `routing/match.ts`. */
export const routeSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'what a request must look like, and what becomes of it',
  properties: {
    name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$', description: 'names it in metrics, log and dashboard' },
    host: textOrList({ type: 'string' }, 'a host such as `shop.example.com`, `*.example.com`, or a list of them; by default any'),
    path: { type: 'string', description: 'this path and everything below it, by whole segments; by default every path' },
    exactPath: { type: 'string', description: 'this path alone' },
    method: textOrList({ type: 'string' }, 'a method such as `GET`, or a list of them; by default any'),
    header: { type: 'object', additionalProperties: { type: 'string' }, description: 'headers and the values that they must have' },
    cookie: { type: 'object', additionalProperties: { type: 'string' }, description: 'cookies and the values that they must have' },
    service: { type: 'string', description: 'the service that its requests go to' },
    split: {
      type: 'object',
      additionalProperties: { type: 'integer', minimum: 0, maximum: 1_000_000 },
      description: 'services and the weights by which its requests are divided among them'
    },
    splitBy: {
      type: 'string',
      pattern: '^(ip|(header|cookie):[!#$%&\'*+.^_`|~0-9A-Za-z-]+)$',
      description: 'what decides instead of a draw: `ip`, `header:NAME` or `cookie:NAME`'
    },
    redirect: {
      anyOf: [
        { type: 'string', enum: ['https'] },
        {
          type: 'object',
          additionalProperties: false,
          required: ['to'],
          properties: {
            to: {
              type: 'string',
              pattern: '^https?://[^/?#@\\s]+(/[!"$->@-~]*)?$',
              description: 'a url; the path and query of the request are added'
            },
            status: { type: 'integer', enum: [301, 302, 307, 308], description: '308 by default' }
          }
        }
      ],
      description: '`https`: to the same url by HTTPS; or where `to` says'
    },
    stripPrefix: { type: 'boolean', description: 'takes `path` away before the request is forwarded' },
    replacePrefix: { type: 'string', pattern: '^/[!-~]*$', description: 'what takes the place of `path`' },
    hostHeader: {
      type: 'string',
      pattern: '^[A-Za-z0-9._:\\[\\]-]{1,255}$',
      description: 'the `Host` that the backend sees: `keep`, `backend`, or a name'
    },
    requestHeaders: headerChanges('changes to the headers that the backend sees'),
    responseHeaders: headerChanges('changes to the headers that the client sees'),
    httpsOnly: { type: 'boolean', description: 'redirects to HTTPS what did not come by it' },
    timeouts: {
      type: 'object',
      additionalProperties: false,
      description: 'time limits of its requests',
      properties: {
        responseMs: inFile(settings.RESPONSE_TIMEOUT_MS),
        bodyIdleMs: inFile(settings.BODY_IDLE_TIMEOUT_MS),
        tunnelIdleMs: inFile(settings.TUNNEL_IDLE_TIMEOUT_MS)
      }
    },
    retries: inFile(settings.RETRIES),
    replayBytes: inFile(settings.RETRY_BODY_BYTES),
    maxBodyBytes: inFile(settings.MAX_BODY_BYTES)
  }
} as const
