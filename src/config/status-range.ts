import { expectation, SettingError } from './setting-error.ts'

/** HTTP statuses from `first` to `last`, both included. */
export interface StatusRange {
  readonly first: number
  readonly last: number
}

/** Parses `200` or `200-399`; undefined if it is neither, or if the range is reversed. */
export function readStatusRange (text: string): StatusRange | undefined {
  if (!/^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$/.test(text)) return undefined
  const [first = Number.NaN, last = first] = text.split('-').map(Number)
  return first <= last ? { first, last } : undefined
}

/** Parses `HEALTH_CHECK_STATUS`. Throws a `SettingError` if it is not a range. */
export function parseStatusRange (value: string): StatusRange {
  const range = readStatusRange(value)
  if (range === undefined) throw new SettingError('HEALTH_CHECK_STATUS', value, expectation('HEALTH_CHECK_STATUS'))
  return range
}
