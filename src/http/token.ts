const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Whether it can be a method, or the name of a field or of a cookie (RFC 9110 section 5.6.2). */
export function isToken (text: string): boolean {
  return token.test(text)
}
