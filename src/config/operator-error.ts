/** A problem that an operator can fix: shown as one line, without a stack. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError'
}
