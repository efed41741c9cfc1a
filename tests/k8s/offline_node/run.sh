#!/usr/bin/env bash
# `make test-k8s`: builds the programs of a Kubernetes and every image if they are missing, creates a cluster, runs the
# tests on it, and removes it. Stops only what it started. Arguments are passed to pytest.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

phase() { # phase NAME COMMAND...
    local name="$1" began="$SECONDS"
    shift
    say "$name"
    "$@"
    say "$name: $((SECONDS - began)) s"
}

# Docker only builds: its engine is stopped before the cluster starts
images() {
    local started manifest images
    timeout 10 docker -H "unix://$CACHE/docker.sock" info >/dev/null 2>&1 || trap 'tests/containers/engine.sh stop' EXIT
    started="$(tests/containers/engine.sh start)"
    [ -z "$started" ] || export DOCKER_HOST="$started"
    timeout 1800 tests/containers/compose_v2.sh
    timeout 1800 tests/containers/base_images.sh
    timeout 1800 tests/containers/build.sh
    manifest="$("$KUBERNETES/kubectl" kustomize deploy/k8s/overlays/dev)"
    mapfile -t images < <(sed -n 's/^ *image: *//p' <<<"$manifest" | sort -u)
    timeout 900 tests/k8s/offline_node/images.sh "${images[@]}"
}

phase programs timeout 7200 tests/k8s/offline_node/binaries.sh
(phase images images)
trap 'phase "take down" tests/k8s/offline_node/cluster.sh stop' EXIT
phase "make a cluster" tests/k8s/offline_node/cluster.sh start
phase tests env MAILTIDE_K8S=1 timeout 1500 tests/k8s/offline_node/cluster.sh exec \
    .venv/bin/pytest --durations=0 --durations-min=1 tests/k8s "$@"
say "all of it: $SECONDS s"
