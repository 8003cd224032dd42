import type { FastifyInstance } from 'fastify'
import { createApp, type AppOptions } from './app.ts'
import { OperatorError } from './config/operator-error.ts'
import { Fields } from './http/fields.ts'
import { methods } from './http/methods.ts'
import { isToken } from './http/token.ts'
import { compare } from './routing/comparison.ts'
import { describeMatch } from './routing/match.ts'

/**
 * Reads all settings, the configuration file and plugins without starting anything; returns what would run, one line each, or where a
 * request such as `GET shop.example.com/api` would go. Rejects as a start would.
 */
export async function checkSettings (options: AppOptions, request?: string, headers: readonly string[] = []): Promise<string[]> {
  const app = await createApp(options)
  const lines = request === undefined ? summaryOf(app) : explanationOf(app, request, headers)
  await app.close()
  return lines
}

function summaryOf ({ config, services, configFile, suspectSettings, tls, acme }: FastifyInstance): string[] {
  const { plan, path, state } = configFile
  return [
    ...suspectSettings.map(({ variable, setting }) => `warning: the variable ${variable} is not a setting; did you mean ${setting}?`),
    ...state.warnings.map((warning) => `warning: ${warning}`),
    'the settings are valid; this would run:',
    `traffic listener: http://${config.HOST}:${config.PORT}`,
    ...tls === undefined ? [] : [tlsLine(config, tls.certificates.all.length)],
    ...acme === undefined ? [] : [`ACME: ${count(acme.names.length, 'certificate')} from ${config.ACME_DIRECTORY}`],
    `admin listener: http://${config.ADMIN_HOST}:${config.ADMIN_PORT}${config.ADMIN_TOKEN === '' ? '' : ', with a token'}`,
    path === undefined
      ? `balancer: ${services.default.settings.balancer}`
      : `configuration file: ${path}, ${count(plan.services.size, 'service')}, ${count(plan.routes?.length ?? 0, 'route')}`,
    ...backendLines(config, services, path !== undefined)
  ]
}

function tlsLine ({ HOST, TLS_PORT }: FastifyInstance['config'], certificates: number): string {
  return `TLS listener: https://${HOST}:${TLS_PORT}, ${count(certificates, 'certificate')}`
}

function count (n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

function backendLines (config: FastifyInstance['config'], services: FastifyInstance['services'], hasFile: boolean): string[] {
  const { BACKENDS, NODE_ENV } = config
  const backends = services.backends()
  if (backends.length > 0) {
    return backends.map(({ service, name, address, weight, source }) =>
      `backend: ${hasFile ? `${service}: ` : ''}${name}, ${address}, weight ${weight}, ${source}`)
  }
  const hasDemo = BACKENDS === '' && NODE_ENV !== 'production' && !hasFile
  return [hasDemo ? 'backends: three demo backends' : 'backends: none until some register']
}

/** The route of this request, and why it is not one of the others. */
function explanationOf ({ routes }: FastifyInstance, request: string, headers: readonly string[]): string[] {
  const [, method = 'GET', host = '', target = '/'] = /^(?:(\S+) +)?([^/\s]*)(\/\S*)?$/.exec(request.trim()) ?? []
  if (!(methods as readonly string[]).includes(method)) {
    throw new OperatorError(`--explain "${request}" is not a request such as 'GET shop.example.com/api'`)
  }
  const fields = Fields.from([...host === '' ? [] : ['Host', host], ...headers.flatMap(readHeader)])
  const head = { method, target, version: '1.1' as const, host: host === '' ? undefined : host, fields, isMalformed: false }
  const { result, readings, compared } = compare(routes.table, head)
  const ambiguous = `ambiguous: 400, read also as ${readings.join(' and ')}`
  const verdict = result === undefined ? 'no route: 404' : result === 'ambiguous' ? ambiguous : 'its route:'
  return [
    `${method} ${host}${target}: ${verdict}`,
    ...compared.map(({ entry: { value: { info } }, isChosen, reason }) =>
      `${isChosen ? '=> ' : '   '}${info.name ?? info.id} (${describeMatch(info.match)}) ${info.origin}: ${reason}`)
  ]
}

function readHeader (line: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(line.trim()) ?? []
  if (!isToken(name)) throw new OperatorError(`--header "${line}" is not a header such as 'cookie: beta=1'`)
  return [name, value]
}
