/** Certificates that the gateway orders by itself. */
export const acmeSettings = {
  ACME_DOMAINS: {
    type: 'string',
    default: '',
    description: 'server names, separated by commas, for which certificates are ordered and renewed by ACME; empty: none'
  },
  ACME_EMAIL: {
    type: 'string',
    pattern: '^([^\\s@,]+@[^\\s@,]+)?$',
    default: '',
    description: 'address that the CA may write to, such as `ops@example.com`; empty: none'
  },
  ACME_DIRECTORY: {
    type: 'string',
    pattern: '^https://[!-~]+$',
    default: 'https://acme-v02.api.letsencrypt.org/directory',
    description: 'https url of the CA\'s directory, by default Let\'s Encrypt\'s; by setting `ACME_DOMAINS` you accept the CA\'s terms'
  },
  ACME_STORAGE: {
    type: 'string',
    minLength: 1,
    default: 'data/acme',
    description: 'folder in which the account and the certificates are kept; gateways may share it'
  },
  ACME_CA: {
    type: 'string',
    default: '',
    description: 'for a private CA: PEM file of what signs the certificate of its directory; empty: what Node.js trusts'
  }
} as const
