import { byId, setAttribute, setText } from './dom.ts'
import { duration } from './format.ts'
import type { State } from './state.ts'
import { headline } from './words.ts'

/** The head of the page: the connection, and the state of the whole in one line. */
export function createLinkView () {
  const link = byId('link')
  const linkText = byId('link-text')
  const version = byId('version')
  const banner = byId('banner')
  const bannerText = byId('banner-text')
  const title = byId('headline')

  return function show (state: State): void {
    const { link: now, hello, backends } = state
    setAttribute(link, 'data-link', now.state)
    setText(linkText, { loading: 'Connecting', live: 'Live', offline: 'Offline', locked: 'Locked' }[now.state])
    setText(version, hello?.version ?? '')
    document.body.classList.toggle('stale', now.state !== 'live' && backends !== undefined)

    const hidden = now.state !== 'offline'
    if (banner.hidden !== hidden) banner.hidden = hidden
    if (now.state === 'offline') setText(bannerText, offlineText(now.why, now.retryAt, state))

    const inRotation = backends?.filter((backend) => backend.inRotation).length ?? 0
    setText(title, backends === undefined ? waitingTitle(now.state) : headline(inRotation, backends.length))
    title.classList.toggle('bad', backends !== undefined && inRotation === 0)
    document.title = backends === undefined ? 'Evenkeel' : `${inRotation}/${backends.length} · Evenkeel`
  }
}

/** No countdown: the text is read out whenever it changes. */
function offlineText (why: string, retryAt: number, { samples, skewMs }: State): string {
  const last = samples.at(-1)
  const since = last === undefined ? '' : ` What you see is ${duration(retryAt - last.at + skewMs)} old.`
  return `${why}. It is tried again by itself.${since}`
}

function waitingTitle (link: State['link']['state']): string {
  switch (link) {
    case 'locked': return 'Locked'
    case 'offline': return 'The gateway cannot be read'
    case 'loading': case 'live': return 'Connecting to the gateway'
    default: return link satisfies never
  }
}
