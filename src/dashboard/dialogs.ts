import { byId, make, setText } from './dom.ts'

/**
 * A `<dialog>` of index.html with a form. If `submit` rejects, the dialog shows the message and stays open; with `staysOpen`
 * it also stays open on success. Escape and Cancel close it; the browser moves the focus back to where it was.
 */
export function createFormDialog (id: string, { isLocked = false, staysOpen = false } = {}) {
  const dialog = byId<HTMLDialogElement>(id)
  const form = dialog.querySelector('form') as HTMLFormElement
  const failure = dialog.querySelector('.failure') as HTMLElement
  const primary = dialog.querySelector('.primary') as HTMLButtonElement
  let submit: (form: FormData) => Promise<void> = async () => {}

  function showFailure (text: string): void {
    setText(failure, text)
    failure.hidden = text === ''
  }

  dialog.querySelector('.cancel')?.addEventListener('click', () => { dialog.close() })
  dialog.addEventListener('cancel', (event) => { if (isLocked) event.preventDefault() })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!primary.disabled) void send()
  })

  /** Never rejects. */
  async function send (): Promise<void> {
    showFailure('')
    primary.disabled = true
    try {
      await submit(new FormData(form))
      if (!isLocked && !staysOpen) dialog.close()
    } catch (error) {
      showFailure(error instanceof Error ? error.message : String(error))
    } finally {
      primary.disabled = false
    }
  }

  return {
    dialog,
    form,
    primary,
    showFailure,
    open (onSubmit: (form: FormData) => Promise<void>): void {
      submit = onSubmit
      showFailure('')
      if (!dialog.open) dialog.showModal()
    }
  }
}

/** A confirmation; the button that acts does not have the focus. */
export function createConfirm () {
  const { dialog, primary, open } = createFormDialog('confirm')
  const title = byId('confirm-title')
  const text = byId('confirm-text')
  return function ask (
    question: { title: string; lines: readonly string[]; action: string; isLast: boolean },
    act: () => Promise<void>
  ): void {
    setText(title, question.title)
    text.replaceChildren(...question.lines.map((line) => make('p', { text: line })))
    setText(primary, question.action)
    dialog.classList.toggle('danger', question.isLast)
    open(act)
    ;(dialog.querySelector('.cancel') as HTMLElement).focus()
  }
}
