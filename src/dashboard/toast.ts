import { byId, setText } from './dom.ts'

export type Toast = (text: string, isFailure?: boolean) => void

const shownMs = 6000

/** A line at the bottom that disappears by itself; read out, and never the only place where something is shown. */
export function createToast (): Toast {
  const element = byId('toast')
  let hide: number | undefined
  return (text, isFailure = false) => {
    clearTimeout(hide)
    element.hidden = false
    element.classList.toggle('bad', isFailure)
    setText(element, text)
    hide = setTimeout(() => { element.hidden = true }, shownMs)
  }
}
