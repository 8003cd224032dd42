import { readFileSync, writeFileSync } from 'node:fs'
import { renderFileSchema, withKeyTables } from './file-docs.ts'
import { renderEnvExample, withSettingsTable } from './settings-docs.ts'

// Run in the root of the repository, by `npm run docs`.
writeFileSync('.env.example', renderEnvExample())
writeFileSync('docs/settings.md', withSettingsTable(readFileSync('docs/settings.md', 'utf8')))
writeFileSync('schema.json', renderFileSchema())
writeFileSync('docs/routing.md', withKeyTables(readFileSync('docs/routing.md', 'utf8')))
