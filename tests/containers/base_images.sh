#!/usr/bin/env bash
# Provides the official base images: present, pulled or, if no registry answers, stand-ins with the same names, built
# from Debian packages and the devkit's Kafka jars. Where images can be pulled, none of it is used.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

declare -A IMAGES=([python]=python:3.13-slim [postgres]=postgres:17 [kafka]=apache/kafka:4.3.1)
BASE=mailtide-stand-in/debian
RELEASE=trixie

missing=()
registry=unknown
for name in "${!IMAGES[@]}"; do
    image="${IMAGES[$name]}"
    if docker image inspect "$image" >/dev/null 2>&1; then continue; fi
    if [ "$registry" != away ] && timeout 300 docker pull --quiet "$image" >/dev/null 2>&1; then continue; fi
    registry=away
    missing+=("$name")
done
((${#missing[@]})) || exit 0
say "no registry answers: stand-ins for ${missing[*]}"

scratch="$(mktemp -d "$CACHE/stand-ins.XXXXXX")"
trap 'rm -rf --one-file-system "$scratch"' EXIT
export HOST_CONFIG="$scratch/config" KAFKA_CONTEXT="$scratch/kafka"
host_config "$HOST_CONFIG"
mkdir "$KAFKA_CONTEXT"

if ! docker image inspect "$BASE" >/dev/null 2>&1; then
    need debootstrap debootstrap
    # shellcheck disable=SC2016 # apt expands it
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 1p)"
    say "debootstrap $RELEASE"
    timeout 600 debootstrap --variant=minbase --include=ca-certificates "$RELEASE" "$scratch/root" "${mirror%/}" \
        >"$CACHE/debootstrap.log" 2>&1 || { tail -n 20 "$CACHE/debootstrap.log" >&2; exit 1; }
    rm -rf "$scratch"/root/var/cache/apt/archives/*.deb "$scratch"/root/var/lib/apt/lists/* \
        "$scratch"/root/usr/share/{doc,locale}
    find "$scratch/root/usr/share/man" -type f -delete # its folders stay: packages put links there
    tar -C "$scratch/root" --one-file-system -c . | docker import - "$BASE" >/dev/null
fi

if [[ " ${missing[*]} " == *" kafka "* ]]; then
    "$ROOT/.venv/bin/python" - "$KAFKA_CONTEXT" <<'PYTHON'
import asyncio, pathlib, shutil, sys
from mailtide_devkit.local.kafka_home.jars import HOME, cache_folder, fetch_jars, locked


async def main(context: pathlib.Path) -> None:
    cache = cache_folder()
    async with locked(cache):
        shutil.copytree(await fetch_jars(cache), context / "libs")
    shutil.copy(HOME / "log4j2.properties", context)


asyncio.run(main(pathlib.Path(sys.argv[1])))
PYTHON
    cp "$HERE"/stand_ins/kafka/* "$KAFKA_CONTEXT/"
fi

for name in "${missing[@]}"; do
    say "build the stand-in for ${IMAGES[$name]}"
    compose -f "$HERE/stand_ins/compose.yml" --progress plain build "$name" >"$CACHE/stand-in-$name.log" 2>&1 ||
        { tail -n 40 "$CACHE/stand-in-$name.log" >&2; exit 1; }
done
