/**
 * The url that hooks and the router see. The router refuses a path whose percent-encoding is broken, but such a path belongs
 * to the backends like any other: its percent signs are escaped, so that a hook which looks at the beginning of a path
 * still sees it. What is forwarded is the url as it came.
 */
export function routableUrl (url: string): string {
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  if (!path.includes('%')) return url
  try {
    decodeURI(path)
    return url
  } catch {
    return path.replaceAll('%', '%25') + (end === -1 ? '' : url.slice(end))
  }
}
