"""Programs that the checks run, and what is said where one is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

FETCH_SECONDS = 600
GO_VERSION = (1, 23)
GO_HINT = "install Go 1.23 or newer (Debian 13: golang-go)"


class MissingToolError(Exception):
    """A program that a check needs is not on this machine; says how to get it."""


def run(*command: str | Path, **environment: str) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        RuntimeError: it failed; shows what it said.
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
    if done.returncode:
        raise RuntimeError(
            f"{command[0]} ended with {done.returncode}: {done.stderr[-3000:]}{done.stdout[-3000:]}"
        )
    return done.stdout


def program(name: str, hint: str) -> str:
    """Where a program is.

    Raises:
        MissingToolError: nowhere.
    """
    found = shutil.which(name)
    if found is None:
        raise MissingToolError(f"{name} is missing: {hint}")
    return found


def go() -> str:
    """Where Go is.

    Raises:
        MissingToolError: nowhere, or it is too old for what the checks build.
    """
    found = program("go", GO_HINT)
    version = run(found, "env", "GOVERSION").strip()
    numbers = re.match(r"go(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < GO_VERSION:
        raise MissingToolError(f"{version} is too old: {GO_HINT}")
    return found
