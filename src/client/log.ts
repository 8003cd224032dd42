/** What the client has to say, as pino takes it. */
export interface ClientLog {
  info (fields: object, msg: string): void
  warn (fields: object, msg: string): void
  error (fields: object, msg: string): void
}

/** Where there is no logger, what is wrong is still said. */
export const stderrLog: ClientLog = {
  info () {},
  warn (fields, msg) { console.error(`evenkeel/client: ${msg} ${JSON.stringify(fields)}`) },
  error (fields, msg) { console.error(`evenkeel/client: ${msg} ${JSON.stringify(fields)}`) }
}
