import { fileURLToPath } from 'node:url'
import { runSupervisor } from '../../src/supervisor/run-supervisor.ts'

/** A supervisor as a process, for tests: its children are those of supervised-child.ts. */
const extension = import.meta.url.slice(-2)
await runSupervisor({
  script: fileURLToPath(new URL(`./supervised-child.${extension}`, import.meta.url)),
  args: [],
  env: process.env
})
