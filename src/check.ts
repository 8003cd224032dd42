import type { FastifyInstance } from 'fastify'
import { createApp, type AppOptions } from './app.ts'

/** Reads all settings and plugins without starting anything; returns what would run, one line each. Rejects as a start would. */
export async function checkSettings (options: AppOptions): Promise<string[]> {
  const app = await createApp(options)
  const { config, strategyName } = app
  const lines = [
    'the settings are valid; this would run:',
    `traffic listener: http://${config.HOST}:${config.PORT}`,
    `admin listener: http://${config.ADMIN_HOST}:${config.ADMIN_PORT}${config.ADMIN_TOKEN === '' ? '' : ', with a token'}`,
    `balancer: ${strategyName}`,
    ...backendLines(app)
  ]
  await app.close()
  return lines
}

function backendLines ({ config, registry }: FastifyInstance): string[] {
  const backends = registry.backends()
  if (backends.length > 0) return backends.map(({ name, address, weight, source }) => `backend: ${name}, ${address}, weight ${weight}, ${source}`)
  return [config.BACKENDS === '' && config.NODE_ENV !== 'production' ? 'backends: three demo backends' : 'backends: none until some register']
}
