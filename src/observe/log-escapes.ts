/**
 * What a terminal may obey or hide, and a reader take for another text: control characters (C1 as well, 0x9b begins a
 * command), separators of lines, format characters such as those that change the direction of text, and halves of
 * characters.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** In the text of JSON, where control characters below 0x20 are escaped already and line feeds end a line. */
const unsafeInJson = /[\x7f-\x9f\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const anyUnsafeInJson = new RegExp(unsafeInJson, 'u')

/** The tokens of a JSON text that end up as unsafe characters when it is parsed. `\"`, `\\` and `\/` are tokens too, which pass. */
const escapesInJson = /\\(?:([bfnrt]|u[0-9a-fA-F]{4})|.)|[\x7f-\x9f\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const stackInJson = /("stack":"(?:[^"\\]|\\.)*")/

/** A line of the log in JSON, which parses to the same and shows nothing unsafe as it stands. */
export function safeJson (line: string): string {
  return anyUnsafeInJson.test(line) ? line.replace(unsafeInJson, escaped) : line
}

/** A line of the log in JSON that stays safe when it is parsed: its texts hold the escapes. Only stacks keep their lines. */
export function safeOnceParsed (line: string): string {
  return line.split(stackInJson).map((part, index) => part.replace(escapesInJson, (token, letter?: string) => {
    if (letter === undefined) return token.startsWith('\\') ? token : escaped(token).replaceAll('\\', '\\\\')
    return index % 2 === 1 && letter === 'n' ? token : `\\${token}`
  })).join('')
}

/** A text that goes to a terminal by itself. */
export function safeText (text: string): string {
  return text.replace(unsafe, escaped)
}

function escaped (character: string): string {
  return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
