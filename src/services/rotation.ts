import type { ManagedBackend } from './managed-backend.ts'

/** The backends that requests go to now. Its arrays are never changed: whatever changes makes a new rotation. */
export interface Rotation {
  /** All of them. */
  readonly all: readonly ManagedBackend[]
  /** The same ones. */
  readonly members: ReadonlySet<ManagedBackend>
  /** Those of the own zone; all when there is no zone to prefer. Empty only when `all` is. */
  readonly near: readonly ManagedBackend[]
  readonly far: readonly ManagedBackend[]
  /** The fraction of the requests that goes to `far`, 0 to 1. */
  readonly spillRatio: number
  /** They are in rotation though ejected, since nothing else is left. */
  readonly isFailingOpen: boolean
  /** Backups that are well but not needed; for requests that all others have failed. */
  readonly spare: readonly ManagedBackend[]
}

/** Below this share of healthy weight a zone begins to pass requests on, as Envoy's overprovisioning factor of 1.4 has it. */
const enoughHealthyRatio = 0.7

export const emptyRotation: Rotation = { all: [], members: new Set(), near: [], far: [], spillRatio: 0, isFailingOpen: false, spare: [] }

/**
 * Who takes part: the healthy ones; backups only while no other is; ejected ones only while nothing else is left; those
 * that were never checked only while nothing else is up.
 */
export function buildRotation (backends: readonly ManagedBackend[], zone: string | undefined): Rotation {
  const ready = backends.filter(({ desiredState }) => desiredState === 'ready')
  const healthy = ready.filter(({ health }) => health.checked.state === 'healthy')
  const sound = healthy.filter(({ health }) => health.ejection.state === 'none')
  const isFailingOpen = sound.length === 0 && healthy.length > 0
  const all = withoutBackups(firstNotEmpty(sound, healthy, ready.filter(({ health }) => health.checked.state === 'unchecked')))
  const spare = all[0]?.isBackup === false ? sound.filter(({ isBackup }) => isBackup) : []
  const members = new Set(all)
  if (zone === undefined) return { all, members, near: all, far: [], spillRatio: 0, isFailingOpen, spare }

  const near = all.filter((backend) => backend.zone === zone)
  if (near.length === 0 || near.length === all.length) return { all, members, near: all, far: [], spillRatio: 0, isFailingOpen, spare }
  const far = all.filter((backend) => backend.zone !== zone)
  const local = ready.filter((backend) => backend.zone === zone && !backend.isBackup)
  const healthyRatio = weightOf(near) / Math.max(weightOf(local), 1)
  return { all, members, near, far, spillRatio: Math.max(0, 1 - healthyRatio / enoughHealthyRatio), isFailingOpen, spare }
}

/** How many take traffic since they have passed their checks, and not only while nothing else is up. */
export function checkedCount ({ all }: Rotation): number {
  return all.filter(({ health }) => health.checked.state !== 'unchecked').length
}

function firstNotEmpty (...candidates: ManagedBackend[][]): ManagedBackend[] {
  return candidates.find(({ length }) => length > 0) ?? []
}

function withoutBackups (backends: ManagedBackend[]): ManagedBackend[] {
  const primaries = backends.filter(({ isBackup }) => !isBackup)
  return primaries.length > 0 ? primaries : backends
}

function weightOf (backends: readonly ManagedBackend[]): number {
  return backends.reduce((sum, { weight }) => sum + weight, 0)
}
