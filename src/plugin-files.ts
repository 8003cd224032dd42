import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { versions } from 'node:process'
import { pathToFileURL } from 'node:url'
import type { FastifyPluginAsync, FastifyPluginCallback } from 'fastify'
import { OperatorError } from './config/operator-error.ts'

export type OwnerPlugin = FastifyPluginAsync | FastifyPluginCallback

/**
 * Loads the Fastify plugin that a file exports as its default: an ES module, CommonJS, or TypeScript if Node.js can run it.
 * Rejects with an `OperatorError` that names the file.
 */
export async function loadPlugin (file: string): Promise<OwnerPlugin> {
  const path = resolve(file)
  if (!existsSync(path)) throw new OperatorError(`plugin ${file}: there is no such file`)
  let exports: { readonly default?: unknown }
  try {
    exports = await import(pathToFileURL(path).href) as { readonly default?: unknown }
  } catch (error) {
    throw new OperatorError(`plugin ${file}: ${reasonOf(error)}`)
  }
  const plugin = isModule(exports.default) ? exports.default.default : exports.default
  if (typeof plugin !== 'function') throw new OperatorError(`plugin ${file}: its default export is not a function (a Fastify plugin)`)
  return plugin as OwnerPlugin
}

/** `export default` as compiled to CommonJS. */
function isModule (value: unknown): value is { readonly default: unknown } {
  return typeof value === 'object' && value !== null && 'default' in value
}

function reasonOf (error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return `Node.js ${versions.node} cannot run this kind of file (TypeScript runs on 22.18 and later)`
  return oneLine(error)
}

/** A message for anything that was thrown; errors of modules include the code around them. */
export function oneLine (thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.split('\n')[0] as string
}
