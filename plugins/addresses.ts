import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Backend } from '../src/backends/backend.ts'
import type { Clock } from '../src/base/clock.ts'
import { SettingError } from '../src/config/setting-error.ts'
import { readAddressPolicy, type AddressPolicy, type OwnListener } from '../src/registry/address-policy.ts'
import type { Guard } from '../src/upstream/guard.ts'
import { createNames, type Names, type Resolve } from '../src/upstream/names.ts'

export interface AddressesOptions {
  readonly clock: Clock
  /** By default the operating system does. */
  readonly resolve: Resolve | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly backendAddresses: BackendAddresses
  }
}

/** Which addresses backends have, and which they may have. */
export interface BackendAddresses {
  readonly names: Names
  /** For backends that register themselves. */
  readonly policy: AddressPolicy
  /** Undefined for a backend whose address is trusted. */
  readonly guardFor: (backend: Backend) => Guard | undefined
}

/** Resolves names of backends, and judges the addresses of those that registered themselves whenever one is connected to. */
async function addresses (fastify: FastifyInstance, { clock, resolve }: AddressesOptions) {
  const { REGISTRY_ALLOW } = fastify.config
  const policy = readAddressPolicy(REGISTRY_ALLOW, () => [
    ...listenersOf(fastify), ...listenersOf(fastify.admin), ...tlsListenerOf(fastify)
  ])
  if (typeof policy === 'string') throw new SettingError('REGISTRY_ALLOW', REGISTRY_ALLOW, policy)
  // A name may resolve differently since its backend registered, and REGISTRY_ALLOW may have changed. BACKENDS is trusted.
  const guard: Guard = (address, port) => policy.problemWith(address, port)
  fastify.decorate('backendAddresses', {
    names: createNames({ clock, ...(resolve && { resolve }) }),
    policy,
    guardFor: ({ source }) => source === 'registered' ? guard : undefined
  })
}

/** All addresses, because `localhost` may be two; none before it listens, and none for a unix socket. */
function listenersOf (listening: FastifyInstance): OwnListener[] {
  return listening.addresses().filter((each) => typeof each === 'object')
}

function tlsListenerOf ({ tls }: FastifyInstance): OwnListener[] {
  const address = tls?.server.address()
  return typeof address === 'object' && address !== null ? [address] : []
}

export default fp(addresses, { name: 'addresses', dependencies: ['config'], fastify: '5.x' })
