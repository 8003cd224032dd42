import { OperatorError } from '../operator-error.ts'

/** A configuration file that cannot be used: one line for each thing that is wrong, with its place. */
export class ConfigFileError extends OperatorError {
  override readonly name = 'ConfigFileError'

  constructor (problems: readonly string[]) {
    super(['the configuration file cannot be used:', ...problems].join('\n'))
  }
}
