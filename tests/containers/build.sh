#!/usr/bin/env bash
# Builds every image of docker-compose.yml; with the network and the package configuration of this machine if the base
# images are stand-ins or the machine is behind a mirror. Prints the time and the sizes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

scratch="$(mktemp -d "$CACHE/build.XXXXXX")"
trap 'rm -rf "$scratch"' EXIT
host_config "$scratch"
services=(topics ingress scheduler sync-worker persister notifier console nylas)
{
    echo "services:"
    for service in "${services[@]}"; do
        echo "  $service: { build: { network: host, secrets: [pip, ca] } }"
    done
    echo "secrets:"
    echo "  pip: { file: $scratch/pip.conf }"
    echo "  ca: { file: $scratch/ca.crt }"
} >"$scratch/override.yml"

SECONDS=0
cd "$ROOT"
for service in "${services[@]}"; do # one at a time: each is limited by the processor
    compose --progress plain --env-file deploy/docker/demo.env -f docker-compose.yml -f "$scratch/override.yml" \
        --profile demo build "$service" >"$CACHE/build-$service.log" 2>&1 || {
        tail -n 40 "$CACHE/build-$service.log" >&2
        exit 1
    }
done
say "built in $SECONDS s"
docker image ls --format '{{.Repository}} {{.Tag}} {{.Size}}' |
    awk '$1 ~ /^mailtide\// && $2 == "dev" {printf "    %-24s %s\n", $1, $3}' | sort >&2
