#!/usr/bin/env bash
# `make test-containers`: provides an engine, Compose and base images if they are missing, builds every image, tests the
# demo profile for real, then runs a part of the other tests on testcontainers. Stops only what it started.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

started="$(tests/containers/engine.sh start)"
if [ -n "$started" ]; then
    export DOCKER_HOST="$started"
    trap 'tests/containers/engine.sh stop' EXIT
fi
timeout 1800 tests/containers/compose_v2.sh
if docker compose version >/dev/null 2>&1; then MAILTIDE_COMPOSE="docker compose"; else MAILTIDE_COMPOSE="$CACHE/docker-compose"; fi
export MAILTIDE_COMPOSE
timeout 1800 tests/containers/base_images.sh
timeout 1800 tests/containers/build.sh

say "compose"
MAILTIDE_CONTAINERS=1 timeout 1500 .venv/bin/pytest --durations=10 --durations-min=1 tests/containers "$@"

say "testcontainers"
# the image that removes leftover containers is only needed after a killed run
docker image inspect testcontainers/ryuk:0.8.1 >/dev/null 2>&1 || export TESTCONTAINERS_RYUK_DISABLED=true
env -u KAFKA_BOOTSTRAP_SERVERS -u DATABASE_URL MAILTIDE_TEST_BACKEND=docker \
    timeout 900 .venv/bin/pytest -q libs/common/tests services/persister/tests/test_main.py
