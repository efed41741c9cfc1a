#!/usr/bin/env bash
# engine.sh start: starts a Docker engine unless one answers; prints DOCKER_HOST of the one that it started.
# engine.sh stop: stops the engine that `start` started, and no other. Its images stay in the cache.
# engine.sh check: whether an engine can run here; if not, prints why.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

SOCKET="$CACHE/docker.sock"
PIDFILE="$CACHE/dockerd.pid"
NEEDED_GB=12 # base images, images and their layers, and the volumes of the tests

start() {
    if has docker && timeout 10 docker info >/dev/null 2>&1; then return; fi
    need dockerd docker.io iptables
    if ! timeout 10 docker -H "unix://$SOCKET" info >/dev/null 2>&1; then
        say "start a Docker engine of our own"
        setsid dockerd --data-root "$CACHE/engine" --exec-root "$CACHE/engine-run" -H "unix://$SOCKET" \
            --pidfile "$PIDFILE" >"$CACHE/dockerd.log" 2>&1 </dev/null &
        for _ in $(seq 60); do
            if timeout 5 docker -H "unix://$SOCKET" info >/dev/null 2>&1; then break; fi
            sleep 0.5
        done
        if ! timeout 5 docker -H "unix://$SOCKET" info >/dev/null 2>&1; then
            tail -n 20 "$CACHE/dockerd.log" >&2
            say "no Docker engine"
            exit 1
        fi
    fi
    echo "unix://$SOCKET"
}

stop() {
    [ -f "$PIDFILE" ] || return 0
    local pid
    pid="$(cat "$PIDFILE")"
    kill -TERM "$pid" 2>/dev/null || return 0
    for _ in $(seq 120); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.5
    done
    say "the Docker engine $pid does not stop"
    exit 1
}

check() {
    local free
    if has docker && { timeout 10 docker info || timeout 10 docker -H "unix://$SOCKET" info; } >/dev/null 2>&1; then return; fi
    free="$(df --output=avail -BG "$CACHE" | tail -n 1 | tr -dc 0-9)"
    if [ ! -d "$CACHE/engine" ] && [ "$free" -lt "$NEEDED_GB" ]; then
        say "$free GB are free, and the images need $NEEDED_GB"
        return 1
    fi
    start >/dev/null
    stop
}

"${1:?start, stop or check}"
