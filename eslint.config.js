import neostandard from 'neostandard'

const fastifyIsWiring = 'The domain does not know Fastify: wire it in plugins/ (see CONTRIBUTING.md).'

export default [
  ...neostandard({ ts: true, ignores: ['dist/**'] }),
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }]
    }
  },
  {
    // A rejection that nobody handles ends the process.
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', {
        allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: 'test' }]
      }],
      '@typescript-eslint/no-misused-promises': 'error',
      // Marks a promise that nobody waits for on purpose.
      'no-void': ['error', { allowAsStatement: true }]
    }
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/app.ts', 'src/check.ts', 'src/client/fastify.ts', 'src/plugin-files.ts', 'src/observe/request-logger.ts', 'src/start.ts'],
    rules: {
      'no-restricted-imports': ['error', {
        paths: [
          { name: 'fastify', message: fastifyIsWiring },
          { name: 'fastify-plugin', message: fastifyIsWiring }
        ],
        patterns: [{ regex: '^@fastify/(?!error$)', message: fastifyIsWiring }]
      }]
    }
  },
  {
    files: ['src/**/*.ts', 'plugins/**/*.ts'],
    ignores: ['src/server.ts', 'src/start.ts', 'src/observe/program-log.ts', 'src/demo/cli.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'Only the programs (src/server.ts with start.ts and program-log.ts, src/demo/cli.ts) touch the process.' }]
    }
  }
]
