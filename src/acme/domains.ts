const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
const domain = new RegExp(`^(?=.{1,253}$)(${label}\\.)+${label}$`)

/** Reads ACME_DOMAINS: server names, lower case, each once; or returns what is wrong with it, as a phrase. */
export function parseDomains (setting: string): string[] | string {
  const names = [...new Set(setting.split(',').map((name) => name.trim().toLowerCase()))]
  for (const name of names) {
    if (name.startsWith('*.')) return 'wildcards need a challenge by DNS, which is not supported: list the names, or use TLS_CERTIFICATES'
    if (/^[\d.]+$/.test(name) || !domain.test(name)) return 'expected server names such as shop.example.com, separated by commas'
  }
  return names
}
