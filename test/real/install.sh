#!/bin/sh
# Installs the Debian packages that `npm run test:real` needs and this machine lacks. It starts and stops no service:
# Apache comes as apache2-bin, the program without Debian's service.
set -eu
cd "$(dirname "$0")"

missing=$(while read -r package program; do
  case "$package" in '#'*) continue ;; esac
  [ -x "$program" ] || echo "$package"
done < packages.txt | sort -u)

if [ -z "$missing" ]; then
  echo 'test:real: every Debian package is there'
  exit 0
fi

echo "test:real: installing" $missing
if [ "$(id -u)" != 0 ]; then
  echo "test:real: only root can install them; run: sudo $0" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # a list of packages
apt-get install -q -y --no-install-recommends $missing
