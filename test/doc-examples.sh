#!/bin/bash
# Tries the code of README.md and docs/*.md against an installed package: doc-examples.sh FOLDER, where `evenkeel` is installed.
# TypeScript blocks are compiled, strict and `nodenext`; JavaScript blocks are checked for syntax, and those that begin with
# `// run: NAME` run as the plugin of a gateway, before a demo backend. Used by pack.sh, since it needs the package registry.
set -euo pipefail
docs=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$1"

node -e 'const p = JSON.parse(fs.readFileSync("package.json")); fs.writeFileSync("package.json", JSON.stringify({ ...p, type: "module" }))'
timeout 300 npm install --no-audit --no-fund --save-dev typescript@~6.0.3 @types/node@20 fastify-plugin \
  @fastify/jwt @fastify/rate-limit @fastify/cors @fastify/cookie >install-examples.log 2>&1 </dev/null

# Each block becomes a file: the TypeScript ones in examples/, those that run as plugin-NAME.js.
node --input-type=module -e '
  import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
  const root = process.argv[1]
  mkdirSync("examples", { recursive: true })
  let count = 0
  for (const file of ["README.md", ...readdirSync(`${root}/docs`).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)]) {
    for (const [, language, code] of readFileSync(`${root}/${file}`, "utf8").matchAll(/^```(ts|typescript|js|javascript)\n([^]*?)^```$/gm)) {
      const name = /^\/\/ run: (\S+)/.exec(code)?.[1]
      const isTypeScript = language.startsWith("t")
      const path = name !== undefined ? `plugin-${name}.js` : `examples/${file.replace(/\W/g, "-")}-${++count}.${isTypeScript ? "ts" : "js"}`
      writeFileSync(path, isTypeScript && !/^(?:import|export) /m.test(code) ? `${code}export {}\n` : code)
    }
  }' "$docs"
for file in examples/*.js; do [ ! -e "$file" ] || node --check "$file"; done
shopt -s nullglob
typescript=(examples/*.ts)
if [ "${#typescript[@]}" -gt 0 ]; then
  npx --no-install tsc --noEmit --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --module nodenext --target es2023 --types node --skipLibCheck "${typescript[@]}"
fi
echo "ok - ${#typescript[@]} TypeScript examples compile"

node --input-type=module -e '
  import assert from "node:assert/strict"
  import { createServer } from "node:http"
  import { once } from "node:events"
  import { readdirSync } from "node:fs"
  import { createRequire } from "node:module"
  import { resolve } from "node:path"
  import { createApp } from "evenkeel"

  process.env.JWT_SECRET = "a secret that is long enough for an example"
  const seen = []
  const backend = createServer((req, res) => { seen.push(req); res.setHeader("server", "theirs").end("theirs") }).listen(0, "127.0.0.1")
  await once(backend, "listening")
  const env = { NODE_ENV: "production", REGISTRY_FILE: "", BACKENDS: `http://127.0.0.1:${backend.address().port}` }
  const log = []
  const { pino } = createRequire(import.meta.url)("pino")
  const trials = {
    jwt: async (url, app) => {
      assert.equal((await fetch(url)).status, 401)
      assert.equal((await fetch(url, { headers: { authorization: `Bearer ${app.jwt.sign({})}` } })).status, 200)
    },
    "rate-limit": async (url) => { assert.deepEqual([(await fetch(url)).status, (await fetch(url)).status, (await fetch(url)).status], [200, 200, 429]) },
    cors: async (url) => {
      const headers = { origin: "https://app.example", "access-control-request-method": "PUT" }
      assert.equal((await fetch(url, { method: "OPTIONS", headers })).status, 204)
      assert.equal((await fetch(url, { headers })).headers.get("access-control-allow-origin"), "https://app.example")
    },
    cookie: async (url) => { assert.match((await fetch(url)).headers.get("set-cookie"), /^visitor=new/) },
    log: async (url) => {
      await (await fetch(url)).text()
      for (let i = 0; i < 500 && !log.join("").includes("my request"); i++) await new Promise(setImmediate)
      assert.ok(log.join("").includes("my request"))
    },
    headers: async (url) => {
      const { headers } = await fetch(url)
      assert.deepEqual([headers.get("server"), headers.get("x-frame-options"), seen.at(-1).headers["x-tenant"]], [null, "DENY", "blue"])
    }
  }
  for (const file of readdirSync(".").filter((name) => /^plugin-.*\.js$/.test(name))) {
    const name = file.slice("plugin-".length, -".js".length)
    assert.ok(trials[name], `${file} has no trial`)
    const app = await createApp({ env, plugins: [resolve(file)], logger: pino({}, { write: (line) => { log.push(line) } }) })
    await trials[name](await app.listen({ host: "127.0.0.1", port: 0 }), app)
    await app.close()
    delete trials[name]
    console.log(`ok - the example ${name} of the docs works`)
  }
  assert.deepEqual(Object.keys(trials), [], "examples are missing in the docs")
  backend.close()
  process.exit()'

# Node.js loads ES modules by require from 20.19 and 22.12 on, if there is no top-level await in them.
if node -e 'process.exit(process.features.require_module ? 0 : 1)'; then
  node --no-warnings --input-type=commonjs -e 'if (typeof require("evenkeel").createApp !== "function") process.exit(1)'
  echo "ok - require('evenkeel') works on Node.js $(node -p process.versions.node)"
fi
