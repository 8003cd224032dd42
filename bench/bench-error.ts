/** Something the reader of the terminal can do something about: printed as one line, without a stack. */
export class BenchError extends Error {}
