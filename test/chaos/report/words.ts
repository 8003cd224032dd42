import type { Figure } from '../scenarios/scenario.ts'

export function valueInWords ({ value, unit }: Figure): string {
  if (value === Infinity) return 'not in time'
  if (Number.isNaN(value)) return '–'
  return withUnit(value, unit)
}

/** What is wanted, or nothing. */
export function goalInWords ({ atMost, unit }: Figure): string {
  if (atMost === undefined) return ''
  return atMost === 0 ? '0' : `≤ ${withUnit(atMost, unit)}`
}

/** A figure that is not a number has not been reached either. */
export function isMissed ({ value, atMost }: Figure): boolean {
  return atMost !== undefined && !(value <= atMost)
}

/** A paragraph in lines that the documentation's width allows. */
export function wrapped (text: string): string {
  return text.replace(/(?=.{121})(.{1,120}) /g, '$1\n')
}

function withUnit (value: number, unit: Figure['unit']): string {
  const rounded = String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')
  return unit === undefined ? rounded : `${rounded} ${unit}`
}
