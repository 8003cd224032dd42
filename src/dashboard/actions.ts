import type { Api } from './api.ts'
import { askForMaintenance, askToDrain, askToRemove, weightOutlook } from './consequences.ts'
import { createConfirm, createFormDialog } from './dialogs.ts'
import { byId, setText } from './dom.ts'
import { createMenu, type MenuItem } from './menu.ts'
import { withBackend } from './state.ts'
import type { Store } from './store.ts'
import type { Toast } from './toast.ts'
import type { Backend, NewBackend } from '../admin/wire.ts'

/** The actions on a backend. Anything that takes traffic away asks for confirmation. */
export function createActions (api: Api, store: Store, toast: Toast, reread: () => void) {
  const ask = createConfirm()
  const weightDialog = createFormDialog('weight')
  const joinDialog = createFormDialog('join')
  const openMenu = createMenu()
  const all = (): readonly Backend[] => store.state.backends ?? []

  async function take (change: Promise<Backend>): Promise<Backend> {
    const backend = await change
    store.update((state) => withBackend(state, backend))
    reread()
    return backend
  }

  function quietly (what: string, done: Promise<unknown>): void {
    done.catch((error: unknown) => { toast(`${what}: ${error instanceof Error ? error.message : String(error)}`, true) })
  }

  const drain = (backend: Backend): void => {
    ask(askToDrain(backend, all()), async () => { await take(api.change(backend.id, { desiredState: 'draining' })) })
  }
  const maintain = (backend: Backend): void => {
    ask(askForMaintenance(backend, all()), async () => { await take(api.change(backend.id, { desiredState: 'maintenance' })) })
  }
  const ready = (backend: Backend): void => {
    quietly(`${backend.name} could not be set to ready`, take(api.change(backend.id, { desiredState: 'ready' })))
  }
  const remove = (backend: Backend): void => {
    ask(askToRemove(backend, all()), async () => {
      await api.remove(backend.id)
      reread()
    })
  }
  const check = (backend: Backend): void => {
    quietly(`${backend.name} could not be checked`, take(api.check(backend.id)).then(({ name, lastCheck }) => {
      if (lastCheck !== null) toast(`${name}: check ${lastCheck.passed ? 'passed' : 'failed'}, ${lastCheck.detail}`, !lastCheck.passed)
    }))
  }

  function weigh (backend: Backend): void {
    const input = byId<HTMLInputElement>('weight-value')
    const outlook = byId('weight-outlook')
    const foretell = (): void => { setText(outlook, weightOutlook(backend, all(), input.valueAsNumber) ?? '') }
    setText(byId('weight-title'), `Weight of ${backend.name}`)
    input.value = String(backend.weight)
    input.oninput = foretell
    foretell()
    weightDialog.open(async () => { await take(api.change(backend.id, { weight: input.valueAsNumber })) })
    input.select()
  }

  function add (): void {
    joinDialog.form.reset()
    joinDialog.open(async (form) => {
      const { name } = await take(api.add(newBackend(form)))
      toast(`${name} was added`)
    })
  }

  function more (backend: Backend, button: HTMLElement): void {
    const items: MenuItem[] = [
      { label: 'Check now', choose: () => { check(backend) } },
      { label: 'Change weight…', choose: () => { weigh(backend) } }
    ]
    if (backend.desiredState === 'maintenance') items.push({ label: 'Drain…', choose: () => { drain(backend) } })
    else items.push({ label: 'Maintenance…', choose: () => { maintain(backend) } })
    items.push({
      label: 'Remove…',
      reason: backend.source === 'configured' ? 'It is configured in BACKENDS: drain it instead' : undefined,
      choose: () => { remove(backend) }
    })
    openMenu(button, `Actions for ${backend.name}`, items)
  }

  return { drain, ready, more, add }
}

export type Actions = ReturnType<typeof createActions>

function newBackend (form: FormData): NewBackend {
  const text = (name: string): string => String(form.get(name) ?? '').trim()
  return {
    url: text('url'),
    weight: Number(text('weight')),
    backup: form.has('backup'),
    ...(text('name') !== '' && { name: text('name') }),
    ...(text('zone') !== '' && { zone: text('zone') }),
    ...(text('path') !== '' && { healthCheck: { path: text('path') } })
  }
}
