import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OperatorError } from '../src/config/operator-error.ts'
import { loadPlugin, oneLine, type OwnerPlugin } from '../src/plugin-files.ts'

export interface OwnerPluginsOptions {
  /** Fastify plugins, or files whose default export is one. */
  readonly plugins: ReadonlyArray<OwnerPlugin | string>
}

/** Registers the owner's plugins: first those given to `createApp`, then those in `PLUGINS`. */
async function ownerPlugins (fastify: FastifyInstance, { plugins }: OwnerPluginsOptions) {
  const files = fastify.config.PLUGINS.split(',').map((file) => file.trim()).filter((file) => file !== '')
  for (const plugin of [...plugins, ...files]) {
    if (typeof plugin === 'string') await registerFile(fastify, plugin)
    else await fastify.register(plugin)
  }
}

async function registerFile (fastify: FastifyInstance, file: string): Promise<void> {
  const plugin = await loadPlugin(file)
  try {
    await fastify.register(plugin)
  } catch (error) {
    throw new OperatorError(`plugin ${file}: ${oneLine(error)}`, { cause: error })
  }
}

export default fp(ownerPlugins, { name: 'owner-plugins', dependencies: ['config'], fastify: '5.x' })
