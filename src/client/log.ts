/** The log of the client: a pino logger or anything alike. */
export interface ClientLog {
  info (fields: object, msg: string): void
  warn (fields: object, msg: string): void
  error (fields: object, msg: string): void
}

/** Without a logger, warnings and errors go to stderr. */
export const stderrLog: ClientLog = {
  info () {},
  warn (fields, msg) { console.error(`evenkeel/client: ${msg} ${JSON.stringify(fields)}`) },
  error (fields, msg) { console.error(`evenkeel/client: ${msg} ${JSON.stringify(fields)}`) }
}
