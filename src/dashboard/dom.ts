// The page is only changed through these functions: text is never markup. The page's Trusted Types policy enforces it.

export function byId<T extends Element = HTMLElement> (id: string): T {
  const found = document.querySelector<T>(`#${id}`)
  if (found === null) throw new Error(`#${id} is not in index.html`)
  return found
}

interface Attributes {
  readonly class?: string
  readonly text?: string
  readonly [attribute: `${'data' | 'aria'}-${string}`]: string
  readonly role?: string
  readonly scope?: string
  readonly type?: string
  readonly title?: string
}

export function make<K extends keyof HTMLElementTagNameMap> (
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') element.textContent = value
    else element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

/** Touches the document only if something changes, so that selections and screen readers are not disturbed. */
export function setText (element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

export function setAttribute (element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

const svg = 'http://www.w3.org/2000/svg'

export function makeSvg (tag: string, attributes: Readonly<Record<string, string>> = {}, ...children: readonly Node[]): SVGElement {
  const element = document.createElementNS(svg, tag) as SVGElement
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** One of the icons in index.html; hidden from screen readers, because there is always text next to it. */
export function makeIcon (id: string): { readonly element: SVGElement, set (id: string): void } {
  const use = makeSvg('use', { href: `#${id}` })
  const element = makeSvg('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, use)
  return { element, set: (id) => { setAttribute(use, 'href', `#${id}`) } }
}

/** Keeps the children of `parent` in the order of `items`; known elements are reused, so that focus stays where it is. */
export function createList<T> (
  parent: Element,
  keyOf: (item: T) => string,
  create: (item: T) => { readonly element: Element; update(item: T): void }
) {
  const known = new Map<string, ReturnType<typeof create>>()
  return function show (items: readonly T[]): void {
    const keys = new Set(items.map(keyOf))
    for (const [key, { element }] of known) {
      if (keys.has(key)) continue
      element.remove()
      known.delete(key)
    }
    const focused = document.activeElement
    let place = parent.firstElementChild
    for (const item of items) {
      const key = keyOf(item)
      const child = known.get(key) ?? create(item)
      known.set(key, child)
      child.update(item)
      if (child.element === place) place = place.nextElementSibling
      else parent.insertBefore(child.element, place)
    }
    // Moving an element would take the focus from it.
    if (focused === document.activeElement || !parent.contains(focused)) return
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  }
}
