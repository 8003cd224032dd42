import type { Api } from './api.ts'
import { createFormDialog } from './dialogs.ts'
import { byId, make } from './dom.ts'
import type { Store } from './store.ts'
import { answerOf, explainQuery, type Answer, type AnswerGroup } from './explain-words.ts'

/** Asks where a request would go. The response stays below the form, so that the query can be varied. */
export function createExplainView (api: Api, store: Store): void {
  const { open, form } = createFormDialog('explain', { staysOpen: true })
  const result = byId('explanation')

  async function explain (data: FormData): Promise<void> {
    result.replaceChildren()
    const text = (name: string): string => String(data.get(name) ?? '')
    const query = explainQuery(text('method'), text('host').trim(), text('path').trim(), text('headers'))
    result.replaceChildren(...nodesOf(answerOf(await api.explain(query))))
  }

  // In the headers field, Enter starts a new line.
  form.querySelector('textarea')?.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
  for (const button of ['explain-open', 'routes-explain']) {
    byId(button).addEventListener('click', () => {
      result.replaceChildren()
      // Where all requests take one route, the host makes no difference.
      byId('explain-host').hidden = (store.state.config?.file.state ?? 'none') === 'none' && (store.state.services?.length ?? 1) < 2
      open(explain)
    })
  }
}

function nodesOf ({ choice, why, notes, routes, groups }: Answer): Node[] {
  const nodes: Node[] = [
    make('p', { class: 'choice' }, make('span', { class: 'quiet', text: 'Goes to ' }), make('b', { text: choice })),
    make('p', { text: why }),
    ...notes.map((text) => make('p', { text }))
  ]
  if (routes.length > 0) {
    nodes.push(make('h3', { text: 'Routes' }), make('ul', {}, ...routes.map(({ name, isChosen, reason }) =>
      make('li', {}, make(isChosen ? 'b' : 'span', { text: name }), make('span', { class: 'quiet', text: `: ${reason}` })))))
  }
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
