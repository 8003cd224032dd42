/** A server name in the form in which names are compared: lower case, without the dot of the root. */
export function plainName (name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

/** The DNS names of a certificate, out of the text in which Node gives its subjectAltName; others, such as addresses, are left aside. */
export function dnsNamesIn (subjectAltName: string | undefined): string[] {
  const names = (subjectAltName ?? '').split(', ').flatMap((entry) => /^DNS:((?:\*\.)?[\w.-]+)$/.exec(entry)?.[1] ?? [])
  return [...new Set(names.map(plainName))]
}

/** A distinguished name as RFC 4514 writes it, the most specific part first, out of the lines in which Node gives it. */
export function distinguishedName (lines: string): string {
  return lines.split('\n').reverse().join(',')
}

/** Things by server name. A wildcard stands for exactly one label, and an exact name takes precedence over it (RFC 6125 section 6.4.3). */
export class ByServerName<Thing> {
  readonly #things = new Map<string, Thing>()

  /** What is set for this name itself. */
  get (name: string): Thing | undefined {
    return this.#things.get(plainName(name))
  }

  /** `name` may be `*.example.com`. */
  set (name: string, thing: Thing): void {
    this.#things.set(plainName(name), thing)
  }

  /** What a client that asks for this name gets, if anything. */
  find (serverName: string): Thing | undefined {
    const name = plainName(serverName)
    // What a client sends is no pattern.
    if (name.startsWith('*')) return undefined
    const dot = name.indexOf('.')
    return this.#things.get(name) ?? (dot > 0 ? this.#things.get(`*${name.slice(dot)}`) : undefined)
  }
}
