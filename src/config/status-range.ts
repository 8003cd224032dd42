import { expectation, SettingError } from './setting-error.ts'

/** HTTP statuses from `first` to `last`, both included. */
export interface StatusRange {
  readonly first: number
  readonly last: number
}

/** Reads `200` or `200-399`. Throws a `SettingError` for a range that runs backwards. */
export function parseStatusRange (value: string): StatusRange {
  const [first = Number.NaN, last = first] = value.split('-').map(Number)
  if (!(first <= last)) throw new SettingError('HEALTH_CHECK_STATUS', value, expectation('HEALTH_CHECK_STATUS'))
  return { first, last }
}
