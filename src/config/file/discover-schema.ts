/** Where the backends of a service are found out. */
export const discoverSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'its backends are what a name stands for, and follow it',
  properties: {
    dns: {
      type: 'string',
      pattern: '^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\\.?$',
      description: 'a name, all of whose addresses are backends'
    },
    srv: {
      type: 'string',
      pattern: '^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\\.?$',
      description: 'a name with SRV records, such as `_http._tcp.api.internal`, whose targets are backends'
    },
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'port of all addresses of `dns`; SRV records name their own' },
    protocol: {
      type: 'string',
      enum: ['http', 'https', 'h2c'],
      description: 'how they are spoken to; `http` by default; `h2c`: HTTP/2 without TLS'
    },
    family: { type: 'integer', enum: [4, 6], description: 'only IPv4 or only IPv6 addresses; by default both' },
    servers: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', minLength: 2, description: 'an address with or without a port: `10.0.0.53`, `127.0.0.1:8600`' },
      description: 'name servers that are asked, such as `127.0.0.1:8600`; by default those of the system'
    }
  }
} as const
