import type { Api } from './api.ts'
import { createFormDialog } from './dialogs.ts'
import { byId, make } from './dom.ts'
import { answerOf, explainQuery, type Answer, type AnswerGroup } from './explain-words.ts'

/** Asks where a request would go. The response stays below the form, so that the query can be varied. */
export function createExplainView (api: Api): void {
  const { open, form } = createFormDialog('explain', { staysOpen: true })
  const result = byId('explanation')

  async function explain (data: FormData): Promise<void> {
    result.replaceChildren()
    const text = (name: string): string => String(data.get(name) ?? '')
    const query = explainQuery(text('method'), text('path').trim(), text('headers'))
    result.replaceChildren(...nodesOf(answerOf(await api.explain(query))))
  }

  // In the headers field, Enter starts a new line.
  form.querySelector('textarea')?.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
  byId('explain-open').addEventListener('click', () => {
    result.replaceChildren()
    open(explain)
  })
}

function nodesOf ({ choice, why, notes, groups }: Answer): Node[] {
  const nodes: Node[] = [
    make('p', { class: 'choice' }, make('span', { class: 'quiet', text: 'Goes to ' }), make('b', { text: choice })),
    make('p', { text: why }),
    ...notes.map((text) => make('p', { text }))
  ]
  const cannot = groups.filter(({ isCandidate }) => !isCandidate)
  const could = groups.filter(({ isCandidate }) => isCandidate)
  if (cannot.length > 0) nodes.push(make('h3', { text: 'Why not the others' }), listOf(cannot))
  if (could.length > 0) nodes.push(make('h3', { text: cannot.length > 0 ? 'Also possible' : 'The others are possible too' }), listOf(could))
  return nodes
}

function listOf (groups: readonly AnswerGroup[]): HTMLElement {
  return make('ul', {}, ...groups.map(({ reason, names }) => {
    return make('li', {}, ...namesOf(names), make('span', { class: 'quiet', text: `: ${reason}` }))
  }))
}

/** Separated by commas, without line breaks within names. */
function namesOf (names: readonly string[]): Node[] {
  return names.flatMap((name, i) => [...(i === 0 ? [] : [document.createTextNode(', ')]), make('b', { text: name })])
}
