import { stat } from 'node:fs/promises'

/** Changes when the file does, by an editor, `mv` or a symbolic link; where there is none to look at, the reason. Never rejects. */
export function lookOf (path: string): Promise<string> {
  return stat(path).then(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`, (error: Error) => error.message)
}
