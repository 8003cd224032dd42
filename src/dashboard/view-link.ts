import { byId, setAttribute, setText } from './dom.ts'
import { asOf, type State } from './state.ts'
import { shownServices } from './backend-groups.ts'
import { headline, headlineWithout } from './words.ts'

const linkWords = { loading: 'Connecting', live: 'Live', offline: 'Offline', locked: 'Locked' } as const

/** The top of the page: the connection, and the overall state in one line. */
export function createLinkView () {
  const link = byId('link')
  const linkText = byId('link-text')
  const version = byId('version')
  const banner = byId('banner')
  const bannerText = byId('banner-text')
  const title = byId('headline')

  return function show (state: State): void {
    const { link: now, hello, backends } = state
    const then = asOf(state)
    setAttribute(link, 'data-link', now.state)
    setText(linkText, linkWords[now.state])
    setText(version, hello?.version ?? '')
    document.body.classList.toggle('stale', then !== undefined)

    const hidden = now.state !== 'offline'
    if (banner.hidden !== hidden) banner.hidden = hidden
    if (now.state === 'offline') setText(bannerText, offlineText(now.why, then))

    const without = then === undefined ? shownServices(state.services ?? []).filter((service) => service.inRotation === 0) : []
    const inRotation = backends?.filter((backend) => backend.inRotation).length ?? 0
    const isPartly = inRotation > 0 && without.length > 0
    const whole = isPartly ? headlineWithout(without.map(({ name }) => name)) : headline(inRotation, backends?.length ?? 0, then)
    setText(title, backends === undefined ? waitingTitle(now.state) : whole)
    title.classList.toggle('bad', backends !== undefined && (inRotation === 0 || isPartly))
    const summary = then === undefined ? `${inRotation}/${backends?.length ?? 0}` : linkWords[now.state]
    document.title = backends === undefined ? 'Evenkeel' : `${summary} · Evenkeel`
  }
}

/** Without a countdown, because every change of the text is read out. */
function offlineText (why: string, then: string | undefined): string {
  return `${why}. Trying again automatically.${then === undefined ? '' : ` Everything below is as of ${then}.`}`
}

function waitingTitle (link: State['link']['state']): string {
  switch (link) {
    case 'locked': return 'Locked'
    case 'offline': return 'The gateway cannot be reached'
    case 'loading': case 'live': return 'Connecting to the gateway'
    default: return link satisfies never
  }
}
