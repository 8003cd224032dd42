// Formats figures and times for people. Pure; times are ms since the epoch unless a name says otherwise.

/** 0, 812, 9,214, 12.3k: at most five characters. */
export function count (value: number): string {
  if (value < 10_000) return Math.round(value).toLocaleString('en')
  if (value < 999_500) return `${trimmed(value / 1000, value < 99_950 ? 1 : 0)}k`
  return `${trimmed(value / 1_000_000, 1)}M`
}

/** "0.8 ms", "12 ms", "1.3 s"; a dash if nothing was measured. */
export function milliseconds (value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  if (value < 9.95) return `${value.toFixed(1)} ms`
  if (value < 999.5) return `${Math.round(value)} ms`
  return `${trimmed(value / 1000, 1)} s`
}

/** A fraction as a percentage: "0 %", "<1 %", "33 %". */
export function percent (part: number): string {
  if (part > 0 && part < 0.005) return '<1 %'
  return `${Math.round(part * 100)} %`
}

/** Of bytes: "0 MiB", "87 MiB", "1,024 MiB". */
export function mebibytes (bytes: number): string {
  return `${Math.round(bytes / 1_048_576).toLocaleString('en')} MiB`
}

/** "now", "4 s", "3 min", "2 h", "5 d". */
export function duration (ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

export function ago (at: number, now: number): string {
  return now - at < 1500 ? 'now' : `${duration(now - at)} ago`
}

/** The reader's local time of day, with the date unless it is today. */
export function timeOfDay (at: number, now: number): string {
  const date = new Date(at)
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
  return date.toDateString() === new Date(now).toDateString() ? time : `${date.getDate()} ${months[date.getMonth()]} ${time}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** "1 request", "3 requests". */
export function plural (value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

function trimmed (value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.0$/, '')
}
