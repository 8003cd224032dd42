import { createRequire } from 'node:module'

/** The version of this package. The compiled file is dist/src/base/package-version.js. */
export const packageVersion = (createRequire(import.meta.url)('../../../package.json') as { version: string }).version
