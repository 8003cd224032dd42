import type { Api } from './api.ts'
import { daysLeftText, handshakesText, issuerText, namesText, toneOfLife, urgentSentences } from './certificate-words.ts'
import { byId, make, setText } from './dom.ts'
import type { State } from './state.ts'
import type { Tls, TlsCertificate } from '../admin/wire.ts'

/** Nothing announces that a certificate was replaced. */
const refreshMs = 5000

/** The certificates on the page of the configuration, and the banner that says on every page that one expires soon. */
export function createCertificatesView (api: Api) {
  const section = byId('certificates')
  const banner = byId('certificates-banner')
  const bannerList = byId('certificates-banner-list')
  const handshakes = byId('certificates-handshakes')
  const problems = byId('certificates-problems')
  const rows = byId('certificates-rows')
  let readAt = -Infinity
  let readOf: string | undefined
  let last = ''

  function draw (tls: Tls): void {
    setText(handshakes, handshakesText(tls))
    const said = JSON.stringify([tls.isEnabled, tls.certificates, tls.problems])
    // The banner is an alert: it is read out whenever it is written.
    if (said === last) return
    last = said
    section.hidden = !tls.isEnabled
    const urgent = urgentSentences(tls)
    banner.hidden = urgent.length === 0
    bannerList.replaceChildren(...urgent.map((text) => make('li', { text })))
    problems.replaceChildren(...tls.problems.map(({ name, problem }) => make('li', { text: `${name}: ${problem}` })))
    rows.replaceChildren(...tls.certificates.map(rowOf))
  }

  return function show ({ link, hello }: State): void {
    const now = performance.now()
    if (link.state !== 'live' || (hello?.instance === readOf && now - readAt < refreshMs)) return
    readAt = now
    readOf = hello?.instance
    api.tls().then(draw, () => {}) // the next one succeeds, or the page is offline and says so
  }
}

function rowOf (certificate: TlsCertificate): HTMLElement {
  const { name, notAfter } = certificate
  const names = make('span', { class: 'quiet', text: namesText(certificate) })
  const life = make('span', { class: 'label', text: daysLeftText(certificate) })
  const expires = make('time', { text: notAfter.slice(0, 10), title: notAfter })
  return make('tr', { 'data-tone': toneOfLife(certificate) },
    make('th', { scope: 'row' }, make('span', { class: 'name', text: name }), names),
    make('td', {}, life), make('td', {}, expires), make('td', { text: issuerText(certificate) }))
}
