#!/usr/bin/env bash
# A real Kubernetes of one node, in its own namespaces: network, mounts and processes end with its first process, and are
# invisible to the machine.
#
#   cluster.sh start        create one from nothing, with the images that images.sh loaded
#   cluster.sh exec CMD...  run a command in its network, with kubectl configured for it
#   cluster.sh stop         end it; images and programs stay in the cache
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

PIDFILE="$CLUSTER/pid"
export KUBECONFIG="$CLUSTER/kubeconfig" PATH="$KUBERNETES:$PATH"

# The first process in the namespaces, seen from outside.
node_pid() {
    local unshare
    unshare="$(cat "$PIDFILE" 2>/dev/null)" || return 1
    pgrep --parent "$unshare" --full "$OFFLINE_NODE/node.sh"
}

start() {
    [ "$(id -u)" = 0 ] || { say "a cluster needs root"; exit 1; }
    if node_pid >/dev/null; then
        say "a cluster is running: cluster.sh stop"
        exit 1
    fi
    rm -rf --one-file-system "$CLUSTER"
    (umask 077 && mkdir -p "$CLUSTER/log")
    mkdir -p "${COVERED[@]}"
    setsid unshare --fork --pid --mount --net --mount-proc --kill-child \
        "$OFFLINE_NODE/node.sh" >"$CLUSTER/log/node.log" 2>&1 </dev/null &
    echo $! >"$PIDFILE"
    local answer=""
    for _ in $(seq 240); do
        node_pid >/dev/null || break
        answer="$(inside timeout 5 kubectl get --raw /readyz 2>/dev/null || true)"
        if [ "$answer" = ok ]; then break; fi
        sleep 0.25
    done
    if [ "$answer" != ok ] || ! complete >"$CLUSTER/log/complete.log" 2>&1; then
        say "no Kubernetes: the ends of its logs"
        tail -n 5 "$CLUSTER"/log/*.log >&2
        stop
        exit 1
    fi
}

# What a cluster has before any application: a node, and names for services.
complete() {
    inside timeout 60 kubectl apply -f "$OFFLINE_NODE/dns.yaml"
    inside timeout 90 bash -c 'until kubectl get node node; do sleep 0.5; done'
    inside timeout 90 kubectl wait node/node --for=condition=Ready --timeout=80s
    inside timeout 90 kubectl -n kube-system rollout status deployment/coredns --timeout=80s
}

inside() { nsenter --target "$(node_pid)" --net -- "$@"; }

stop() {
    local pid groups
    if [ -f "$PIDFILE" ] && pid="$(node_pid)"; then
        kill -KILL "$pid" # the kernel ends every other process of the namespace with it
        for _ in $(seq 120); do
            kill -0 "$(cat "$PIDFILE")" 2>/dev/null || break
            sleep 0.25
        done
        if kill -0 "$(cat "$PIDFILE")" 2>/dev/null; then
            say "the cluster does not stop"
            exit 1
        fi
    fi
    rm -f "$PIDFILE"
    for _ in $(seq 40); do # groups of processes that are ending cannot be removed yet
        groups="$(find /sys/fs/cgroup -maxdepth 2 -name kubepods -printf '%p ')" # with either version of them
        [ -n "$groups" ] || break
        # shellcheck disable=SC2086 # several
        find $groups -depth -type d -exec rmdir {} + 2>/dev/null || true
        sleep 0.25
    done
    rmdir --ignore-fail-on-non-empty "${COVERED[@]}" 2>/dev/null || true
    for folder in "$CLUSTER"/*/; do # logs and settings stay to be read
        case "$folder" in */log/) ;; *) rm -rf --one-file-system "$folder" ;; esac
    done
}

case "${1:-}" in
    start) start ;;
    exec) inside "${@:2}" ;;
    stop) stop ;;
    *) sed -n 's/^# \?//; 2,8p' "$0" >&2; exit 2 ;;
esac
