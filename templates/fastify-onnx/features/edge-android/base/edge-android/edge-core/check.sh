#!/bin/sh
# Compiles edge-core and tests it on the JVM against golden.json, edge.json and the model of this export.
# Needs Java 17 or later and Maven, and Maven Central at the first run (then: OFFLINE=1).
set -eu
cd "$(dirname "$0")"
if ! command -v mvn >/dev/null 2>&1; then
  echo "check.sh: Maven is not installed (Debian: apt-get install maven); nothing was tested" >&2
  exit 2
fi
exec mvn -q -B ${OFFLINE:+--offline} verify "$@"
