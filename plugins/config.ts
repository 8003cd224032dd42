import fastifyEnv, { type FastifyEnvOptions } from '@fastify/env'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { readRawSettings, type RawSettings } from '../src/config/raw-settings.ts'
import { asSettingError, expectationOf } from '../src/config/expectation.ts'
import { settingNames, settingsSchemaFor, type SettingName, type SettingsFor } from '../src/config/schema.ts'
import { strategies, type StrategyName } from '../src/balancing/strategies.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly config: SettingsFor<StrategyName>
    /** Where each setting was said; those that are missing have their defaults. */
    readonly settingSources: Readonly<Record<string, 'environment' | 'env-file'>>
    /** Environment variables that look like misspelt settings. */
    readonly suspectSettings: RawSettings['suspects']
    /** What `${NAME}` in the configuration file stands for. */
    readonly environment: Readonly<Record<string, string | undefined>>
  }
}

export interface ConfigOptions {
  /** The environment; takes precedence over the file. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Path of a file in `.env` format, which may be absent; if undefined, no file is read. */
  readonly envFile: string | undefined
}

/** With the strategies that there are. */
export const settingsSchema = settingsSchemaFor(Object.keys(strategies) as StrategyName[])

type Ajv = ReturnType<Extract<FastifyEnvOptions['ajv'], { customOptions: unknown }>['customOptions']>

/** The plugin changes the schema that it is given, and each validator compiles it anew: all gateways of a process share both. */
const ownSchema = structuredClone(settingsSchema)
let validator: Ajv | undefined

/** What is expected of a value of this setting, as a phrase. */
export function expectation (setting: SettingName): string {
  return expectationOf(setting, settingsSchema)
}

async function config (fastify: FastifyInstance, { env, envFile }: ConfigOptions) {
  const { values, sources, suspects } = readRawSettings(settingNames, env, envFile)
  try {
    await fastify.register(fastifyEnv, {
      schema: ownSchema,
      env: false,
      data: values,
      ajv: validator ?? {
        customOptions (ajv) {
          ajv.opts.verbose = true // for the value in the message
          validator = ajv
          return ajv
        }
      }
    })
  } catch (error) {
    throw asSettingError(error, settingsSchema)
  }
  fastify.decorate('settingSources', sources)
  fastify.decorate('suspectSettings', suspects)
  fastify.decorate('environment', env)
  fastify.log.level = fastify.config.LOG_LEVEL
  for (const suspect of suspects) fastify.log.warn(suspect, 'this environment variable is not a setting; is its name misspelt?')
}

export default fp(config, { name: 'config', fastify: '5.x' })
