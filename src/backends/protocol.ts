import type { Backend } from './backend.ts'

/** Whether HTTP/2 is spoken with this backend: by prior knowledge (`h2c:`), or since it was said of it. */
export function speaksHttp2 ({ url, spec }: Pick<Backend, 'url' | 'spec'>): boolean {
  return url.protocol === 'h2c:' || spec.protocol === 'h2'
}
