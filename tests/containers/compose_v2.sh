#!/usr/bin/env bash
# Provides Compose v2: builds it through the Go proxy if neither Docker nor the cache has it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if docker compose version >/dev/null 2>&1 || [ -x "$CACHE/docker-compose" ]; then exit 0; fi
need go golang-go
say "build Compose $COMPOSE_VERSION (minutes, once)"
source_folder="$CACHE/compose-source"
mkdir -p "$source_folder"
cd "$source_folder"
[ -f go.mod ] || go mod init compose-build
timeout 300 go get "github.com/docker/compose/v2/cmd@$COMPOSE_VERSION"
timeout 1500 nice go build -o docker-compose \
    -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$COMPOSE_VERSION" github.com/docker/compose/v2/cmd
mv docker-compose "$CACHE/docker-compose"
