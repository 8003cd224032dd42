import fc from 'fast-check'

// The same cases in every run: a failure that comes and goes helps nobody, and CI must not fail for another commit's fault.
fc.configureGlobal({ seed: 5173 })

export { fc }
