import { readFileSync, writeFileSync } from 'node:fs'
import { renderEnvExample, withSettingsTable } from './settings-docs.ts'

// Run in the root of the repository, by `npm run docs`.
writeFileSync('.env.example', renderEnvExample())
writeFileSync('docs/settings.md', withSettingsTable(readFileSync('docs/settings.md', 'utf8')))
