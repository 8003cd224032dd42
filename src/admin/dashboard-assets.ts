import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'

/** A file of the dashboard, kept in memory. */
export interface Asset {
  readonly path: string
  readonly type: string
  readonly etag: string
  readonly body: Buffer
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml'
}

/** Reads the built page and the chart library. Throws if one is missing, so that a broken package fails at startup. */
export function readDashboardAssets (): Asset[] {
  const folder = join(import.meta.dirname, '../dashboard')
  const own = readdirSync(folder).filter((name) => extname(name) in types)
  const uplot = join(createRequire(import.meta.url).resolve('uplot'), '..')
  return [
    ...own.map((name) => asset(name === 'index.html' ? '/' : `/assets/${name}`, join(folder, name))),
    asset('/assets/uplot.js', join(uplot, 'uPlot.iife.min.js')),
    asset('/assets/uplot.css', join(uplot, 'uPlot.min.css'))
  ]
}

function asset (path: string, file: string): Asset {
  const body = readFileSync(file)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { path, type: types[extname(file)] ?? 'application/octet-stream', etag, body }
}

/** Nothing from other hosts, nothing inline, no framing, and no text that becomes markup (Trusted Types). */
export const dashboardHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'"
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // Revalidated every time (304), so that a new version of the gateway is never used with an old page.
  'cache-control': 'no-cache'
}
