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

/** As `readStatusRange` takes it. */
export function statusRangeText ({ first, last }: StatusRange): string {
  return first === last ? String(first) : `${first}-${last}`
}
