import { make } from './dom.ts'

export interface MenuItem {
  readonly label: string
  /** Why it cannot be chosen, if it cannot. */
  readonly reason?: string | undefined
  choose (): void
}

/** One menu for all rows: a popover, so that it is on top and closes on Escape or a click elsewhere. */
export function createMenu () {
  const menu = make('div', { class: 'menu', role: 'menu' })
  menu.setAttribute('popover', 'auto')
  document.body.append(menu)
  let opener: HTMLElement | undefined

  const items = (): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')]

  menu.addEventListener('toggle', (event) => {
    const isOpen = (event as ToggleEvent).newState === 'open'
    opener?.setAttribute('aria-expanded', String(isOpen))
    if (!isOpen && menu.contains(document.activeElement)) opener?.focus()
  })
  menu.addEventListener('keydown', (event) => {
    const all = items()
    const now = all.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: now + 1, ArrowUp: now - 1 + all.length, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === 'Tab') {
      menu.hidePopover()
      opener?.focus()
    }
    if (to === undefined) return
    event.preventDefault()
    all[to % all.length]?.focus()
  })
  const follow = (): void => { if (opener !== undefined && menu.matches(':popover-open')) place(menu, opener) }
  addEventListener('resize', follow)
  addEventListener('scroll', follow, { passive: true })

  return function open (button: HTMLElement, label: string, entries: readonly MenuItem[]): void {
    opener = button
    menu.setAttribute('aria-label', label)
    menu.replaceChildren(...entries.map(({ label, reason, choose }) => {
      const item = make(
        'button',
        { type: 'button', role: 'menuitem', ...(reason !== undefined && { 'aria-disabled': 'true' }) },
        make('span', { text: label })
      )
      if (reason !== undefined) item.append(make('small', { text: reason }))
      item.addEventListener('click', () => {
        if (reason !== undefined) return
        menu.hidePopover()
        button.focus()
        choose()
      })
      item.setAttribute('tabindex', '-1')
      return item
    }))
    menu.showPopover()
    place(menu, button)
    items()[0]?.focus()
  }
}

function place (menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect()
  const below = at.bottom + 4
  const top = below + menu.offsetHeight > innerHeight ? Math.max(4, at.top - menu.offsetHeight - 4) : below
  menu.style.top = `${top}px`
  menu.style.left = `${Math.max(8, at.right - menu.offsetWidth)}px`
}
