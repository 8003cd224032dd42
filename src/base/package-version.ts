import { createRequire } from 'node:module'

/** Of this package. Compiled, this file is dist/src/base/package-version.js. */
export const packageVersion = (createRequire(import.meta.url)('../../../package.json') as { version: string }).version
