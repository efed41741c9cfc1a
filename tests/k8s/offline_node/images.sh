#!/usr/bin/env bash
# images.sh IMAGE...: loads images, and the node's own two, from the Docker engine that built them into the containerd of
# the cluster, which must not be running. Loads only what changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

scratch="$(mktemp -d "$K8S/images.XXXXXX")"
SOCKET="$scratch/containerd.sock"
ctr() { timeout 300 ctr --address "$SOCKET" --namespace k8s.io "$@"; }

export PAUSE_IMAGE DNS_IMAGE COREDNS
compose -f "$OFFLINE_NODE/images.yml" --progress plain build >"$K8S/images.log" 2>&1 || { tail -n 20 "$K8S/images.log" >&2; exit 1; }

cat >"$scratch/containerd.toml" <<TOML
version = 2
root = "$IMAGES"
state = "$scratch/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$SOCKET"
TOML
containerd --config "$scratch/containerd.toml" >"$K8S/containerd.log" 2>&1 &
daemon=$!
trap 'kill "$daemon" 2>/dev/null || true; wait "$daemon" || true; rm -rf --one-file-system "$scratch"' EXIT
for _ in $(seq 120); do
    if ctr version >/dev/null 2>&1; then break; fi
    sleep 0.25
done

# a cluster ends by the end of its processes; what its containers had written is deleted here
ctr containers ls -q | while read -r container; do ctr containers rm "$container"; done
rm -rf "$IMAGES"/io.containerd.grpc.v1.cri/{containers,sandboxes}

changed=()
for image in "$PAUSE_IMAGE" "$DNS_IMAGE" "$@"; do
    id="$(docker image inspect --format '{{.Id}}' "$image")"
    [ "$(cat "$IMAGES/loaded/${image//\//_}" 2>/dev/null)" = "$id" ] || changed+=("$image")
done
((${#changed[@]})) || exit 0
say "load ${changed[*]}"
docker save "${changed[@]}" | ctr images import - >/dev/null
ctr leases delete --sync "$(ctr leases create)" >/dev/null # which also removes what no image needs any more
mkdir -p "$IMAGES/loaded"
for image in "${changed[@]}"; do docker image inspect --format '{{.Id}}' "$image" >"$IMAGES/loaded/${image//\//_}"; done
