#!/bin/bash
# Tries docker-compose.yml for real: builds the image, starts the four services, stops and starts one backend under
# requests, and looks at how the containers are locked down. Ends with exit code 1 at the first thing that is not so.
#
# Where ../shared/tools/compose-lab exists (a throw-away engine; another path by COMPOSE_LAB_TOOL) that is used, else the
# Docker engine of this machine. PORT is the port to publish, 5173 by default.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

repository=$PWD
lab=${COMPOSE_LAB_TOOL:-$repository/../shared/tools/compose-lab}
export PORT=${PORT:-5173} COMPOSE_PROJECT_NAME=evenkeel-test COMPOSE_ANSI=never COMPOSE_PROGRESS=plain LOG_LEVEL=info ACCESS_LOG=false
scratch=$(mktemp -d)
engine_is_ours=false
services_are_up=false

ok() { printf 'ok - %s\n' "$*"; }
fail() { printf 'not ok - %s\n' "$*" >&2; exit 1; }

# Each in a bounded time, and without a standard input to wait on.
if [ -x "$lab" ]; then
  compose() { timeout 120 "$lab" compose "$repository" "$@" </dev/null; }
  engine() { timeout 60 "$lab" exec docker "$@" </dev/null; }
  near() { timeout 120 "$lab" exec "$@" </dev/null; } # where the published port can be reached
else
  compose() { timeout 120 docker compose "$@" </dev/null; }
  engine() { timeout 60 docker "$@" </dev/null; }
  near() { timeout 120 "$@" </dev/null; }
fi

clean_up() {
  local code=$?
  trap - EXIT
  touch "$scratch/end"
  if [ "$services_are_up" = true ]; then
    if [ "$code" -ne 0 ]; then compose logs --tail 40 >&2 || true; fi
    compose down -v --timeout 10 >"$scratch/down.log" 2>&1 || { cat "$scratch/down.log" >&2; code=1; }
  fi
  wait
  if [ "$engine_is_ours" = true ]; then timeout 60 "$lab" down </dev/null || true; fi
  rm -rf "$scratch"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

inside() { compose exec -T gateway "$@"; }
inspect() { engine inspect -f "$2" "$(compose ps -aq "$1")"; }

# The answers to six requests, one after the other, as JSON: every byte can be seen.
answers() {
  near node -e '
    async function ask () {
      const answers = []
      for (let i = 0; i < 6; i++) answers.push(await (await fetch(process.argv[1], { signal: AbortSignal.timeout(10_000) })).text())
      console.log(JSON.stringify(answers))
    }
    ask()' "http://127.0.0.1:$PORT/"
}

in_rotation() {
  inside node -e '
    fetch("http://127.0.0.1:5174/api/backends").then((r) => r.json())
      .then((backends) => console.log(backends.filter((b) => b.inRotation).map((b) => b.name).join(" ")))'
}

# becomes SECONDS ROTATION: waits until exactly these backends are in rotation.
becomes() {
  local deadline=$((SECONDS + $1))
  until [ "$(in_rotation)" = "$2" ]; do
    [ "$SECONDS" -lt "$deadline" ] || fail "after $1 s the rotation is \"$(in_rotation)\", not \"$2\""
    sleep 0.3
  done
}

# Six requests are answered by 1, 2, 3, 1, 2, 3, wherever in the circle they begin.
checks_turn() {
  local given turn
  given=$(answers)
  turn=$(sed -E 's/"Hello from server ([123])\\n"/\1/g; s/[][,]//g' <<<"$given")
  [[ 12312312 == *"$turn"* && ${#turn} = 6 ]] || fail "the backends do not answer in turn: $given"
}

# Four clients, one request after the other each, until a file appears or 90 s have passed.
request_loop='
const [port, end] = process.argv.slice(1)
const deadline = Date.now() + 90_000
const answers = {}
const failures = []
let count = 0
async function client () {
  while (Date.now() < deadline && !fs.existsSync(end)) {
    count++
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) })
      const text = await response.text()
      if (response.status !== 200 || !/^Hello from server [123]\n$/.test(text)) throw new Error(`${response.status} ${text}`)
      answers[text.trim()] = (answers[text.trim()] ?? 0) + 1
    } catch (error) {
      failures.push(`${new Date().toISOString()} ${error.message} ${error.cause?.code ?? ""}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
Promise.all([client(), client(), client(), client()]).then(() => {
  console.log(`${count} requests, ${failures.length} failed; ${JSON.stringify(answers)}`)
  for (const failure of failures.slice(0, 10)) console.log(failure)
  process.exit(failures.length === 0 && count > 500 ? 0 : 1)
})'

if [ -x "$lab" ]; then
  if ! engine image inspect node:24-alpine >/dev/null 2>&1; then
    engine_is_ours=true
    timeout 600 "$lab" up </dev/null >"$scratch/up.log" 2>&1 || { cat "$scratch/up.log" >&2; fail 'compose-lab cannot be started'; }
    ok "compose-lab is up ($SECONDS s)"
  fi
  build() { timeout 600 "$lab" build "$repository" </dev/null; }
elif docker version >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
  build() { timeout 600 docker compose build </dev/null; }
else
  fail 'no Docker engine with compose answers here, and there is no compose-lab: nothing can be tried'
fi

SECONDS=0
build >"$scratch/build.log" 2>&1 || { cat "$scratch/build.log" >&2; fail 'the image cannot be built'; }
ok "the image is built ($SECONDS s)"

SECONDS=0
services_are_up=true
compose up -d --wait >"$scratch/up.log" 2>&1 || { cat "$scratch/up.log" >&2; fail 'the services do not become healthy'; }
ok "four services are up ($SECONDS s)"

for service in gateway backend-1 backend-2 backend-3; do
  [ "$(inspect $service '{{.State.Health.Status}}')" = healthy ] || fail "$service is not healthy"
done
ok 'all of them are healthy'

checks_turn
ok 'the three backends answer in turn'

[ "$(inside id -un)" = node ] || fail "the gateway does not run as node but as $(inside id -un)"
inside node -e 'fs.writeFileSync("/app/data/probe", ""); fs.rmSync("/app/data/probe")' || fail 'data/ cannot be written to'
for file in /app/probe /app/dist/probe /tmp/probe; do
  if inside sh -c ": > $file" 2>/dev/null; then fail "the root file system is not read-only: $file was written"; fi
done
inside grep -q '^NoNewPrivs:.*1$' /proc/1/status || fail 'privileges can be gained'
inside grep -q '^CapBnd:.*0000000000000000$' /proc/1/status || fail 'the gateway has capabilities'
ok 'it runs as node, without capabilities, on a read-only file system with a writable data/'

# A package that the gateway itself needs too is not marked as one of development.
only_development=$(node -p '
  const { packages } = JSON.parse(fs.readFileSync("package-lock.json", "utf8"))
  JSON.stringify(Object.keys(packages[""].devDependencies).filter((name) => packages[`node_modules/${name}`].dev))')
inside node -e '
  const found = JSON.parse(process.argv[1]).filter((name) => fs.existsSync(`node_modules/${name}`))
  if (found.length > 0 || fs.existsSync("dist/test")) { console.error(found); process.exit(1) }' "$only_development" \
  || fail 'the image carries what only development needs'
ok 'the image carries no development dependencies and no tests'

if compose exec -T backend-1 node -e 'fetch("http://gateway:5174/livez", { signal: AbortSignal.timeout(3000) }).then(() => process.exit(0), () => process.exit(1))'; then
  fail 'the admin listener answers outside its container'
fi
ok 'the admin listener answers only inside its container'

becomes 5 'backend-1 backend-2 backend-3'
near node -e "$request_loop" "$PORT" "$scratch/end" >"$scratch/loop.log" 2>&1 &
loop=$!
sleep 2
compose stop backend-2 >/dev/null 2>&1
becomes 20 'backend-1 backend-3'
sleep 1
SECONDS=0
compose start backend-2 >/dev/null 2>&1
becomes 15 'backend-1 backend-2 backend-3'
back_after=$SECONDS
sleep 1
touch "$scratch/end"
wait "$loop" || { cat "$scratch/loop.log" >&2; fail 'requests failed while a backend was stopped and started'; }
ok "one backend is stopped and started again, without a failed request: $(cat "$scratch/loop.log")"
checks_turn
ok "it is back in turn ($back_after s after its start)"

compose stop gateway >/dev/null 2>&1
code=$(inspect gateway '{{.State.ExitCode}}')
[ "$code" = 0 ] || fail "the gateway ended with exit code $code"
ok 'the gateway ends with exit code 0'

compose down -v --timeout 10 >/dev/null 2>&1
services_are_up=false
ok 'everything is removed again'
