import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { dashboardHeaders, readDashboardAssets } from '../src/admin/dashboard-assets.ts'

/** The page at `/` of the admin listener. A handful of files from memory, so without @fastify/static. */
async function dashboard (fastify: FastifyInstance) {
  for (const { path, type, etag, body } of readDashboardAssets()) {
    fastify.admin.get(path, { schema: { hide: true } }, (request, reply) => {
      reply.headers(dashboardHeaders).header('etag', etag)
      if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send()
      return reply.type(type).send(body)
    })
  }
}

export default fp(dashboard, { name: 'dashboard', dependencies: ['admin'], fastify: '5.x' })
