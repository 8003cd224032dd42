import type { Backend, Sample, Service, TlsCertificate, TransitionEvent } from '../../src/admin/wire.ts'

/** What the API would say of a healthy backend. */
export function aBackend (id: string, over: Partial<Backend> = {}): Backend {
  return {
    id,
    service: 'default',
    url: `http://127.0.0.1:${3000 + Number(id.slice(1))}`,
    protocol: 'http/1.1',
    sendProxy: null,
    name: `server ${id.slice(1)}`,
    weight: 1,
    effectiveWeight: over.weight ?? 1,
    zone: null,
    backup: false,
    source: 'configured',
    desiredState: 'ready',
    state: 'healthy',
    since: new Date(Date.now() - 7_200_000).toISOString(),
    why: 'status 200',
    inRotation: true,
    healthCheck: {},
    inFlight: 0,
    latencyMs: null,
    lease: null,
    holders: 0,
    lastCheck: null,
    ...over
  }
}

/** What the API would say of a service with these backends. */
export function aService (name: string, backends: readonly Backend[]): Service {
  const own = backends.filter(({ service }) => service === name)
  return {
    name,
    source: name === 'default' ? 'implicit' : 'file',
    balancer: 'round-robin',
    backends: own.length,
    inRotation: own.filter(({ inRotation }) => inRotation).length,
    inFlight: 0,
    queued: 0,
    discovery: null
  }
}

export function aSample (at: number, over: Partial<Sample> = {}): Sample {
  return { at, requests: 100, errors: 0, p50Ms: 1.2, p99Ms: 4.5, inFlight: 1, queued: 0, backends: {}, ...over }
}

export function aTransition (id: number, backend: string, over: Partial<TransitionEvent> = {}): TransitionEvent {
  return {
    type: 'transition',
    id,
    at: new Date(id * 1000).toISOString(),
    backend,
    service: 'default',
    name: `server ${backend.slice(1)}`,
    from: 'healthy',
    to: 'unhealthy',
    why: 'connection refused',
    inRotation: 2,
    ...over
  }
}

/** What the API would say of a certificate from a file. */
export function aCertificate (name: string, over: Partial<TlsCertificate> = {}): TlsCertificate {
  return {
    name,
    names: [`${name}.test`],
    source: 'file',
    isDefault: false,
    issuer: 'CN=Test CA',
    serialNumber: '02',
    fingerprint: '468e',
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2030-01-01T00:00:00.000Z',
    daysLeft: 400,
    warning: null,
    ...over
  }
}
