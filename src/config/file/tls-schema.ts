import { settingsSchemaFor } from '../schema.ts'
import { inFile } from './service-schema.ts'

const settings = settingsSchemaFor([]).properties

const file = { type: 'string', pattern: '^[^:,]+$' } as const
const clientCa = { ...file, description: 'a PEM file of the authorities whose certificates clients may show' } as const

/** The listener for TLS, as far as the file can change it while it runs. Files are looked for beside this one. */
export const tlsSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'the listener for clients that come by TLS; its port is `TLS_PORT`',
  properties: {
    certificates: {
      anyOf: [
        { ...file, description: 'a folder of `NAME.crt` and `NAME.key`' },
        {
          type: 'array',
          minItems: 1,
          items: { type: 'object', additionalProperties: false, required: ['cert', 'key'], properties: { cert: file, key: file } }
        }
      ],
      description: 'a folder of `NAME.crt` and `NAME.key`, or a list of maps with `cert` and `key`'
    },
    defaultCertificate: inFile(settings.TLS_DEFAULT_CERTIFICATE),
    clientAuth: inFile(settings.TLS_CLIENT_AUTH),
    clientCa,
    hosts: {
      type: 'object',
      propertyNames: { pattern: '^(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?$' },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['clientAuth'],
        properties: { clientAuth: inFile(settings.TLS_CLIENT_AUTH), clientCa }
      },
      description: 'server names, or wildcards such as `*.example.com`, whose clients are asked for something else'
    }
  }
} as const
