import type { Group } from './backend-groups.ts'
import { make, setAttribute, setText } from './dom.ts'

/** The heading of a service in the table; it opens and closes the rows below it. */
export function createGroupRow (toggle: (group: Group) => void) {
  let group: Group | undefined
  const name = make('span', { class: 'name' })
  const figures = make('span', { class: 'quiet' })
  const discovery = make('span', { class: 'quiet' })
  const button = make('button', { type: 'button', class: 'plain' }, make('span', { class: 'arrow', 'aria-hidden': 'true' }), name)
  button.addEventListener('click', () => { if (group !== undefined) toggle(group) })
  const heading = make('th', { role: 'rowheader', scope: 'rowgroup' }, button, figures, discovery)
  heading.colSpan = 9
  const element = make('tr', { class: 'group', role: 'row' }, heading)

  return {
    element,
    update (model: Group): void {
      group = model
      setAttribute(element, 'data-tone', model.tone)
      setAttribute(element, 'data-service', model.service)
      setAttribute(button, 'aria-expanded', String(model.isOpen))
      setText(name, model.service)
      setText(figures, figuresOf(model))
      setText(discovery, model.discovery)
    }
  }
}

function figuresOf ({ backends, inRotation }: Group): string {
  if (backends === 0) return 'no backends: its requests get 503'
  if (inRotation === 0) return `none of ${backends} in rotation: its requests get 503`
  return `${inRotation} of ${backends} in rotation`
}
