/** What an operator can fix: the program shows it as one line, without a stack. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError'
}
