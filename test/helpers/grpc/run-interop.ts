import { interopCases, type InteropCase } from './interop-cases.ts'
import { InteropClient, type Target } from './interop-client.ts'

export type InteropResults = Record<InteropCase, string>

/** What `runInterop` resolves with where all is well. */
export const allPassed = Object.fromEntries(Object.keys(interopCases).map((name) => [name, 'passed'])) as InteropResults

/**
 * Runs all cases, one after the other on one connection, against an interop server or a gateway before one. Resolves with `passed` for
 * each, or with why it has not; never rejects.
 */
export async function runInterop (target: Target): Promise<InteropResults> {
  const client = new InteropClient(target)
  const results: Partial<InteropResults> = {}
  try {
    for (const [name, run] of Object.entries(interopCases) as Array<[InteropCase, (client: InteropClient) => Promise<void>]>) {
      results[name] = await run(client).then(() => 'passed', String)
    }
  } finally {
    client.close()
  }
  return results as InteropResults
}
