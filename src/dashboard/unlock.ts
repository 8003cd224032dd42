import type { Connection } from './connection.ts'
import { createFormDialog } from './dialogs.ts'
import { byId } from './dom.ts'
import type { State } from './state.ts'
import type { TokenStore } from './token.ts'

/** Asks for the token if the gateway requires one and this tab has none or a wrong one. */
export function createUnlockView (token: TokenStore, connection: Connection) {
  const unlock = createFormDialog('unlock', { isLocked: true })
  const input = byId<HTMLInputElement>('unlock-token')
  const forget = byId('forget')
  let before: State['link'] | undefined

  forget.addEventListener('click', () => {
    token.set('')
    location.reload()
  })

  async function submit (): Promise<void> {
    // Characters that are not allowed in a header cannot be in the token, and fetch would not send them.
    if (!/^[\x21-\x7e]+$/.test(input.value)) throw new Error(wrong)
    token.set(input.value)
    connection.connect()
  }

  return function show ({ link }: State): void {
    if (link === before) return
    before = link
    forget.hidden = link.state !== 'live' || token.get() === ''
    if (link.state === 'locked') {
      const isWrong = token.get() !== ''
      if (!unlock.dialog.open) unlock.open(submit)
      unlock.showFailure(isWrong ? wrong : '')
      token.set('')
      input.select()
    } else if (unlock.dialog.open) {
      if (link.state === 'offline') {
        unlock.showFailure(`${link.why}. Trying again automatically.`)
      } else if (link.state === 'live') {
        unlock.dialog.close()
        input.value = ''
      }
    }
  }
}

const wrong = 'That is not the token of this gateway. It is the value of ADMIN_TOKEN.'
