/** An environment without the owner's proxies, git settings and locale, so that a program does the same everywhere. */
export function bareEnv (home: string, env: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env }
}
