"""Programs that checks run: installed on this machine, or downloaded and built once per user."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FETCH_SECONDS = 600
GO_VERSION = (1, 23)
PROMETHEUS = ("prometheus", "promtool")
PROMETHEUS_HINT = "have prometheus and promtool on the PATH, or apt-get to fetch Debian's package prometheus"
GO_HINT = "install Go 1.23 or newer (Debian 13: golang-go)"


def run(*command: str | Path, codes: tuple[int, ...] = (0,), **environment: str) -> str:
    """Run a program and return what it printed.

    Raises:
        RuntimeError: it exited with another code than `codes`; the message has its output.
    """
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=FETCH_SECONDS,
        check=False,
    )
    if done.returncode not in codes:
        raise RuntimeError(
            f"{command[0]} ended with {done.returncode}: {done.stderr[-3000:]}{done.stdout[-3000:]}"
        )
    return done.stdout


def program(name: str, hint: str) -> str:
    """Return the path of a program. Without it the test is skipped, with a hint how to install it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing: {hint}")
    return found


def go() -> str:
    """Return the path of Go, in a version that can build the programs."""
    found = program("go", GO_HINT)
    version = run(found, "env", "GOVERSION").strip()
    numbers = re.match(r"go(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < GO_VERSION:
        pytest.skip(f"{version} is too old: {GO_HINT}")
    return found


def of_prometheus(name: str) -> Path:
    """Return the path of `prometheus` or `promtool`: installed, else from Debian's package, downloaded once."""

    def fetch(folder: Path) -> None:
        run("sh", "-c", f"cd {folder} && apt-get download prometheus && dpkg-deb -x prometheus_*.deb .")
        for each in PROMETHEUS:
            (folder / "usr/bin" / each).rename(folder / each)
        for rest in ("usr", "etc", "lib", "var"):
            shutil.rmtree(folder / rest, ignore_errors=True)
        for package in folder.glob("*.deb"):
            package.unlink()

    found = shutil.which(name)
    if found:
        return Path(found)
    program("apt-get", PROMETHEUS_HINT)
    try:
        return cached("prometheus-1", fetch) / name
    except RuntimeError as error:
        pytest.skip(f"{name} is missing: {PROMETHEUS_HINT}: {error}")


def built_from_go(package: str) -> Path:
    """Return the path of the program in a Go package, `module/path@version`, built once."""
    path, _, version = package.partition("@")
    name = path.removesuffix("/v5").rpartition("/")[2]
    folder = cached(f"{name}-{version}", lambda folder: run(go(), "install", package, GOBIN=str(folder)))
    return folder / name


@contextmanager
def go_module(module: str) -> Iterator[zipfile.ZipFile]:
    """Yield the sources of a Go module, `path@version`; Go's own cache does not keep them."""
    with tempfile.TemporaryDirectory() as scratch:
        printed = run(go(), "mod", "download", "-json", module, GOMODCACHE=scratch, GOFLAGS="-modcacherw")
        with zipfile.ZipFile(json.loads(printed)["Zip"]) as archive:
            yield archive


def cached(name: str, make: Callable[[Path], object]) -> Path:
    """Return a cached folder.

    If it does not exist, `make` fills an empty one, which appears as a whole or not at all.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "mailtide", "deploy")
    base.mkdir(parents=True, exist_ok=True)
    with (base / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = base / name
        if not found.is_dir():
            with tempfile.TemporaryDirectory(dir=base, prefix="making-") as scratch:
                target = Path(scratch, "made")
                target.mkdir()
                make(target)
                target.rename(found)
    return found
