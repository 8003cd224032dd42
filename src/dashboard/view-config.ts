import { byId, make, setText } from './dom.ts'
import { timeOfDay } from './format.ts'
import type { State } from './state.ts'
import type { Config, ConfigFileState, Setting } from '../admin/wire.ts'

/** The page of the configuration in force, and the banner that says on every page when a change to the file was refused. */
export function createConfigView () {
  const banner = byId('config-banner')
  const problems = byId('config-banner-problems')
  const stateText = byId('config-state')
  const warnings = byId('config-warnings')
  const content = byId('config-content')
  const settings = byId('settings-rows')
  let last: Config | undefined

  return function show ({ config }: State): void {
    if (config === undefined || config === last) return
    last = config
    const { file } = config
    banner.hidden = file.state !== 'refused'
    problems.replaceChildren(...file.problems.map((text) => make('li', { text })))
    setText(stateText, stateOf(file))
    warnings.replaceChildren(...file.warnings.map((text) => make('li', { text })))
    content.hidden = config.content === null
    setText(content, config.content === null ? '' : JSON.stringify(config.content, null, 2))
    settings.replaceChildren(...sorted(config.settings).map(rowOf))
  }
}

function rowOf ([name, { value, from }]: [string, Setting]): HTMLElement {
  const heading = make('th', { scope: 'row' }, make('code', { text: name }))
  return make('tr', {}, heading, make('td', { text: String(value) }), make('td', { text: froms[from] }))
}

const froms = { environment: 'environment', 'env-file': '.env', default: 'default' } as const

/** What was said comes before the defaults. */
function sorted (settings: Config['settings']): Array<[string, Setting]> {
  return Object.entries(settings).sort(([, a], [, b]) => Number(a.from === 'default') - Number(b.from === 'default'))
}

function stateOf ({ file, state, since }: ConfigFileState): string {
  const at = since === null ? '' : timeOfDay(Date.parse(since), Date.now())
  switch (state) {
    case 'none': return 'There is no configuration file: all requests go to the service default, and to what backends announce.'
    case 'in-force': return `${file} is in force since ${at}.`
    case 'refused': return `${file} has changed to something that cannot be used. What it said at ${at} is in force.`
    default: return state satisfies never
  }
}
