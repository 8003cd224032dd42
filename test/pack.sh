#!/bin/bash
# Tries the packed tarball as its user would: installs it into an empty folder and runs `npx evenkeel` there. Not a part
# of `npm test`, which must pass without a network: installing the tarball asks the package registry for the dependencies.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
scratch=$(mktemp -d)
started=()

ok() { printf 'ok - %s\n' "$*"; }
fail() { printf 'not ok - %s\n' "$*" >&2; exit 1; }

clean_up() {
  local code=$?
  trap - EXIT
  if [ "${#started[@]}" -gt 0 ]; then kill "${started[@]}" 2>/dev/null || true; fi
  if [ "$code" -ne 0 ]; then tail -n 20 "$scratch"/*.log >&2 || true; fi
  rm -rf "$scratch"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# url_in FILE PATTERN: the url behind PATTERN, as soon as FILE has it.
url_in() {
  local i
  for i in $(seq 100); do
    if sed -nE "s#.*$2(http://127\.0\.0\.1:[0-9]+).*#\1#p" "$1" | grep -m1 .; then return; fi
    sleep 0.1
  done
  fail "no url behind \"$2\" within 10 s in $(basename "$1")"
}

timeout 120 npm pack --silent --pack-destination "$scratch" >"$scratch/pack.log" </dev/null
tarball=$(echo "$scratch"/evenkeel-*.tgz)
wanted='package/((package\.json|schema\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|\.env\.example)|docs/([a-z0-9-]+|decisions/[0-9]{3}-[a-z0-9-]+)\.(md|yml|json|png)|(src|plugins)/[a-z0-9/-]+\.ts|(dist/)?src/dashboard/(index\.html|[a-z]+\.css|icon\.svg)|src/dashboard/tsconfig\.json|dist/(src|plugins)/[a-z0-9/-]+\.(js|js\.map|d\.ts))'
tar -tzf "$tarball" >"$scratch/contents"
if grep -vxE "$wanted" "$scratch/contents"; then fail 'the tarball contains unexpected files'; fi
for file in package.json schema.json README.md LICENSE CHANGELOG.md .env.example SECURITY.md docs/settings.md docs/architecture.md docs/decisions/001-own-data-plane.md docs/dashboard-light.png dist/src/server.js dist/src/app.d.ts src/server.ts dist/src/dashboard/index.html; do
  grep -qx "package/$file" "$scratch/contents" || fail "$file is not in the tarball"
done
ok "the tarball contains what is needed and nothing else: $(wc -l <"$scratch/contents") files, $(($(stat -c %s "$tarball") / 1024)) KiB"

mkdir "$scratch/empty"
cd "$scratch/empty"
echo '{ "private": true }' >package.json
timeout 300 npm install --no-audit --no-fund "$tarball" >"$scratch/install.log" 2>&1 </dev/null
ok 'it installs into an empty folder'

node -e '
  const folder = "node_modules/evenkeel/dist"
  for (const name of fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".map"))) {
    const file = path.join(folder, name)
    for (const source of JSON.parse(fs.readFileSync(file, "utf8")).sources) {
      if (!fs.existsSync(path.join(path.dirname(file), source))) throw new Error(`${file} points to ${source}, which is not there`)
    }
  }' || fail 'a source map points nowhere'
ok 'its source maps lead to the sources'

node node_modules/evenkeel/dist/src/demo/cli.js --port 0 --name packed >"$scratch/backend.log" 2>&1 </dev/null &
started+=($!)
backend=$(url_in "$scratch/backend.log" 'listens on ')

BACKENDS=$backend HOST=127.0.0.1 PORT=0 ADMIN_PORT=0 npx --no-install evenkeel >"$scratch/gateway.log" 2>&1 </dev/null &
npx=$!
started+=("$npx")
url=$(url_in "$scratch/gateway.log" 'traffic listener: ')
# npx starts it through a shell that passes no signal on, so the signal goes where a terminal would send it too.
gateway=$(sed -nE 's/.*"pid":([0-9]+).*traffic listener.*/\1/p' "$scratch/gateway.log")
started+=("$gateway")
answer=$(node -e 'fetch(process.argv[1], { signal: AbortSignal.timeout(10_000) }).then((r) => r.text()).then(console.log)' "$url")
[ "$answer" = 'Hello from server packed' ] || fail "npx evenkeel does not forward a request: $answer"
ok 'npx evenkeel forwards a request'

kill -TERM "$gateway"
for _ in $(seq 200); do kill -0 "$npx" 2>/dev/null || break; sleep 0.1; done
if kill -0 "$npx" 2>/dev/null; then fail 'npx evenkeel has not ended 20 s after SIGTERM'; fi
code=0
wait "$npx" || code=$?
[ "$code" = 0 ] || fail "npx evenkeel ends with exit code $code on SIGTERM"
grep -q '"msg":"drained"' "$scratch/gateway.log" || fail 'npx evenkeel ended without draining'
ok 'it drains on SIGTERM and ends with exit code 0'

code=0
PORT=abc timeout 20 npx --no-install evenkeel >"$scratch/invalid.log" 2>&1 </dev/null || code=$?
[ "$code" = 1 ] && [ "$(grep -c '^evenkeel: ' "$scratch/invalid.log")" = 1 ] || fail "an invalid setting does not end it with one line and exit code 1, but $code"
ok "an invalid setting ends it with exit code 1: $(grep '^evenkeel: ' "$scratch/invalid.log")"

"$root/test/doc-examples.sh" "$scratch/empty" >"$scratch/examples.log" 2>&1 || fail 'an example of the docs does not work'
cat "$scratch/examples.log"
