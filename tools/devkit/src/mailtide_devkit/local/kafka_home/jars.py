"""Fetches Kafka's jars with Maven, once per user and version."""

# ruff: noqa: ASYNC240 - small files, read and written while nothing else runs

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from mailtide_devkit.commands import CommandError, command
from mailtide_devkit.local.errors import OWN_SERVER, SetupError
from mailtide_devkit.local.waiting import until

KAFKA_VERSION = "4.3.1"
HOME = Path(__file__).parent
POM = HOME / "pom.xml"
FETCH_SECONDS = 600
LOCK_SECONDS = 900


def cache_folder() -> Path:
    """Return the folder for Kafka's files, which all checkouts of this user share."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "mailtide", f"kafka-{KAFKA_VERSION}")


def is_downloaded() -> bool:
    """Return whether the jars are in the cache, so that a start needs no network."""
    return (cache_folder() / "libs").is_dir()


@contextlib.asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[None]:
    """Create a folder, and lock it against other processes until the context ends.

    Raises:
        LateError: the lock was not free for 15 minutes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:

        async def taken() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        await until(taken, seconds=LOCK_SECONDS, what=f"another process releases its lock on {folder}")
        yield


async def fetch_jars(cache: Path) -> Path:
    """Return the folder with the jars, after downloading them if necessary. The caller must hold the lock.

    Raises:
        SetupError: the jars are not cached, and Maven is missing or failed.
    """
    libs = cache / "libs"
    if libs.is_dir():
        return libs
    maven = shutil.which("mvn")
    if maven is None:
        raise SetupError(
            "Kafka's jars are fetched by Maven, which is missing: install it (Debian: apt-get install maven), or set "
            "KAFKA_BOOTSTRAP_SERVERS to your own Kafka or, where Docker runs, MAILTIDE_TEST_BACKEND=docker "
            f"({OWN_SERVER})"
        )
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as scratch:
        target = Path(scratch, "libs")
        fetch = (
            maven,
            "-q",
            "-B",
            "-f",
            str(POM),
            "dependency:copy-dependencies",
            f"-DoutputDirectory={target}",
        )
        try:
            await command(*fetch, seconds=FETCH_SECONDS)
            target.rename(libs)
        except (CommandError, FileNotFoundError) as error:
            raise SetupError(
                f"Maven could not fetch Kafka's jars: {error}\nGive it access to Maven Central, or set "
                f"KAFKA_BOOTSTRAP_SERVERS to your own Kafka ({OWN_SERVER})"
            ) from None
    return libs
