import type { FromSchema } from '../../base/from-schema.ts'
import { routeSchema } from './route-schema.ts'
import { serviceSchemaFor } from './service-schema.ts'
import { tlsSchema } from './tls-schema.ts'

/**
 * The only place where the keys of the configuration file are declared, with the files beside it: the types and the validation are
 * derived from it. Draft-07, which is what editors read.
 */
export function fileSchemaFor<Strategy extends string> (strategies: readonly Strategy[]) {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Evenkeel',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string', description: 'for editors that read JSON' },
      services: {
        type: 'object',
        propertyNames: { pattern: serviceName },
        additionalProperties: serviceSchemaFor(strategies),
        description: 'services by their names: lower-case letters, digits, ".", "_" and "-"'
      },
      routes: { type: 'array', items: routeSchema, description: 'what goes where; the most specific route wins, wherever it stands' },
      tls: tlsSchema,
      registration: {
        type: 'object',
        additionalProperties: false,
        description: 'what backends may say of themselves',
        properties: {
          allow: {
            type: 'array',
            items: { type: 'string' },
            description: 'hosts and paths that they may announce, such as `shop.example.com/search`; by default any'
          }
        }
      }
    }
  } as const
}

export const serviceName = '^[a-z0-9][a-z0-9._-]{0,62}$'

export type ConfigFile = FromSchema<ReturnType<typeof fileSchemaFor<string>>>
export type ServiceConfig = NonNullable<ConfigFile['services']>[string]
export type RouteConfig = NonNullable<ConfigFile['routes']>[number]
