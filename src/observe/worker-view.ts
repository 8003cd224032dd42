/** A worker, as control sees it. */
export interface WorkerView {
  /** Counts from 1; one that is started instead of another has the same number. */
  readonly number: number
  readonly pid: number
  readonly isUp: boolean
  /** How often it was started again. */
  readonly restarts: number
  /** Connections of clients. */
  readonly connections: number
  /** Of the last second. */
  readonly requests?: number
  /** The fraction of the time that its event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number
  readonly residentBytes: number
  /** When the process that runs now, or ran last, was started: ms since the epoch. */
  readonly startedAt: number
}
