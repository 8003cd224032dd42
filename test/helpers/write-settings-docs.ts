import { readFileSync, writeFileSync } from 'node:fs'
import { renderEnvExample, withReadmeTable } from './settings-docs.ts'

// Run in the root of the repository, by `npm run docs`.
writeFileSync('.env.example', renderEnvExample())
writeFileSync('README.md', withReadmeTable(readFileSync('README.md', 'utf8')))
