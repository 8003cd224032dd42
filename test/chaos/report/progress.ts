import type { Result } from '../run.ts'
import { goalInWords, isMissed, valueInWords } from './words.ts'

/** What one scenario came to, for the terminal. */
export function renderProgress (scenario: string, peer: string, result: Result): string {
  const head = `${scenario} · ${peer}`
  if (result.kind === 'not-offered') return `${head}: has no such strategy\n`
  if (result.kind === 'broke') return `${head}: BROKE: ${result.why}\n`
  const lines = result.figures.map((figure) => {
    const missed = isMissed(figure) ? `   MISSED, wanted ${goalInWords(figure)}` : ''
    const detail = figure.detail ?? figure.parts ?? ''
    return `  ${valueInWords(figure).padStart(12)}  ${figure.what}${detail === '' ? '' : ` (${detail})`}${missed}`
  })
  return `${head}\n${lines.join('\n')}\n`
}
