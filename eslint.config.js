import neostandard from 'neostandard'

const fastifyIsWiring = 'The domain does not know Fastify: wire it in plugins/ (see CONTRIBUTING.md).'

/** Groups the digits of decimal integers from 10_000 on, and of no others. */
const numericSeparators = {
  meta: { type: 'layout', fixable: 'code', schema: [] },
  create: (context) => ({
    Literal (node) {
      if (!/^\d[\d_]*$/.test(node.raw ?? '')) return
      const digits = node.raw.replaceAll('_', '')
      const grouped = digits.length < 5 ? digits : digits.replace(/(?<=\d)(?=(?:\d{3})+$)/g, '_')
      if (grouped !== node.raw) context.report({ node, message: `Write ${grouped}.`, fix: (fixer) => fixer.replaceText(node, grouped) })
    }
  })
}

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
    files: ['**/*.ts', '*.js', 'examples/**/*.js'],
    plugins: { evenkeel: { rules: { 'numeric-separators': numericSeparators } } },
    rules: {
      'max-lines': ['error', 250],
      '@stylistic/max-len': ['error', 140],
      '@stylistic/arrow-parens': 'error',
      'evenkeel/numeric-separators': 'error'
    }
  },
  {
    // A rejection that nobody handles ends the process.
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './src/dashboard/tsconfig.json'], tsconfigRootDir: import.meta.dirname }
    },
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
    ignores: [
      'src/app.ts', 'src/check.ts', 'src/client/fastify.ts', 'src/plugin-files.ts', 'src/observe/request-logger.ts', 'src/start.ts',
      'src/start-part.ts'
    ],
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
    ignores: [
      'src/server.ts', 'src/start.ts', 'src/start-part.ts', 'src/ending.ts', 'src/observe/program-log.ts', 'src/demo/cli.ts',
      'src/supervisor/run-supervisor.ts', 'src/supervisor/supervisor-log.ts'
    ],
    rules: {
      'no-restricted-globals': ['error', {
        name: 'process',
        message: 'Only the programs (src/server.ts and what it starts; see the list above) touch the process.'
      }]
    }
  }
]
