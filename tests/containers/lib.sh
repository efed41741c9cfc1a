# Sourced by the scripts in this folder: paths, and what this machine already has.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
ROOT="$(cd "$HERE/../.." && pwd)"
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/mailtide/containers"
COMPOSE_VERSION=v2.39.4
mkdir -p "$CACHE"

say() { printf '=== %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

# Install Debian packages of which a program is missing: need PROGRAM PACKAGE...
need() {
    local program="$1"
    shift
    if has "$program"; then return; fi
    if [ "$(id -u)" != 0 ] || ! has apt-get; then
        say "$program is missing: install $*"
        exit 1
    fi
    say "install $*"
    timeout 300 apt-get update -qq
    DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Compose v2, whether it is a plugin of the docker command or the binary built here.
compose() {
    if docker compose version >/dev/null 2>&1; then docker compose "$@"; else "$CACHE/docker-compose" "$@"; fi
}

# The package configuration of this machine, as files that builds mount and no image keeps: host_config FOLDER
host_config() {
    local folder="$1" bundle
    (umask 077 && mkdir -p "$folder")
    bundle="${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}"
    if [ -r "$bundle" ]; then cat "$bundle" >"$folder/ca.crt"; else : >"$folder/ca.crt"; fi
    if has apt-config; then
        apt-config dump | grep -E '^(Acquire|APT::Get|APT::Authentication)' >"$folder/apt.conf" || true
        [ ! -s "$folder/ca.crt" ] || echo 'Acquire::https::CAInfo "/run/secrets/ca";' >>"$folder/apt.conf"
    fi
    touch "$folder/apt.conf"
    { # what pip on this machine is told by its files and variables, but for folders and files that are only here
        echo '[global]'
        { python3 -m pip config list 2>/dev/null || true; } |
            sed -nE "s/^(global|install|:env:)\.(index-url|extra-index-url|trusted-host|proxy|timeout|default-timeout)='(.*)'$/\2 = \3/p" |
            sed 's/^default-timeout/timeout/'
    } >"$folder/pip.conf"
}
