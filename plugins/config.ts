import fastifyEnv from '@fastify/env'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { readRawSettings } from '../src/config/raw-settings.ts'
import { settingsSchema, type Settings } from '../src/config/schema.ts'
import { asSettingError } from '../src/config/setting-error.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly config: Settings
  }
}

export interface ConfigOptions {
  /** The environment; takes precedence over the file. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Path of a file in `.env` format, which may be absent; if undefined, no file is read. */
  readonly envFile: string | undefined
}

async function config (fastify: FastifyInstance, { env, envFile }: ConfigOptions) {
  const { values, suspects } = readRawSettings(Object.keys(settingsSchema.properties), env, envFile)
  try {
    await fastify.register(fastifyEnv, {
      schema: structuredClone(settingsSchema),
      env: false,
      data: values,
      ajv: {
        customOptions (ajv) {
          ajv.opts.verbose = true // for the value in the message
          return ajv
        }
      }
    })
  } catch (error) {
    throw asSettingError(error)
  }
  fastify.log.level = fastify.config.LOG_LEVEL
  for (const suspect of suspects) fastify.log.warn(suspect, 'this environment variable is not a setting; is its name misspelt?')
}

export default fp(config, { name: 'config', fastify: '5.x' })
