/**
 * Characters that a terminal may act on or hide, or that make one text look like another: control characters (C1 as well:
 * 0x9b starts a command), line separators, format characters such as those that change the direction of text, and lone
 * surrogates.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** The same within JSON text, where control characters below 0x20 are already escaped and line feeds end a line. */
const unsafeInJson = /[\x7f-\x9f\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const anyUnsafeInJson = new RegExp(unsafeInJson, 'u')

/** Escapes in JSON text that become unsafe characters when it is parsed. Also matches `\"`, `\\` and `\/`, which pass. */
const escapesInJson = /\\(?:([bfnrt]|u[0-9a-fA-F]{4})|.)|[\x7f-\x9f\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const stackInJson = /("stack":"(?:[^"\\]|\\.)*")/

/** A JSON log line that parses to the same value and contains no unsafe characters itself. */
export function safeJson (line: string): string {
  return anyUnsafeInJson.test(line) ? line.replace(unsafeInJson, escaped) : line
}

/** A JSON log line that is still safe once parsed: its strings contain the escapes as text. Only stacks keep their line breaks. */
export function safeOnceParsed (line: string): string {
  return line.split(stackInJson).map((part, index) => part.replace(escapesInJson, (token, letter?: string) => {
    if (letter === undefined) return token.startsWith('\\') ? token : escaped(token).replaceAll('\\', '\\\\')
    return index % 2 === 1 && letter === 'n' ? token : `\\${token}`
  })).join('')
}

/** Text that is written to a terminal as it is. */
export function safeText (text: string): string {
  return text.replace(unsafe, escaped)
}

/** Text of several lines that is written to a terminal as it is. */
export function safeLines (text: string): string {
  return text.split('\n').map(safeText).join('\n')
}

function escaped (character: string): string {
  return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
