import { byId, setAttribute } from './dom.ts'

export interface Pages {
  /** The name of the page that is shown. */
  readonly current: string
  /** Calls `listener` whenever another page is shown. */
  onShow (listener: (page: string) => void): void
}

const first = 'overview'

/** The pages, by the part of the address behind #; what names none of them, such as the link to the backends, is part of the first. */
export function createPages (): Pages {
  const links = [...byId('pages').querySelectorAll('a')]
  const names = links.map(({ hash }) => hash.slice(1))
  const listeners: Array<(page: string) => void> = []
  let current = ''

  function show (): void {
    const asked = location.hash.slice(1)
    const next = names.includes(asked) ? asked : first
    if (next === current) return
    current = next
    for (const name of names) byId(`page-${name}`).hidden = name !== next
    for (const link of links) {
      if (link.hash === `#${next}`) setAttribute(link, 'aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    for (const listener of listeners) listener(next)
  }

  addEventListener('hashchange', show)
  show()
  return {
    get current () { return current },
    onShow (listener) { listeners.push(listener) }
  }
}
