const key = 'evenkeel-token'

/** The bearer token, kept while the tab is open or, if storage is blocked, while the page is. */
export function createTokenStore () {
  let token = read()
  return {
    get: (): string => token,
    set (value: string): void {
      token = value
      write(value)
    }
  }
}

export type TokenStore = ReturnType<typeof createTokenStore>

function read (): string {
  try {
    return sessionStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

function write (value: string): void {
  try {
    if (value === '') sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, value)
  } catch {}
}
