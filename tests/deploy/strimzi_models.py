"""Reads Strimzi's resources by Strimzi's own Java classes: a field that they do not have is a mistake.

A deprecated field is one too: API v1 dropped it, and the API server removes it silently.
"""

import json
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from mailtide_harness.servers import programs

from .manifests import Manifest
from .schemas import STRIMZI

HERE = Path(__file__).with_name("strimzi")
VERSION = "0.51.0"
JDK = "install a JDK 17 or newer and Maven (Debian: default-jdk-headless maven)"


def problems(objects: list[Manifest]) -> list[str]:
    """Return what Strimzi would ignore or refuse."""
    ours = [each for each in objects if each["apiVersion"].startswith(STRIMZI)]
    if not ours:
        return []
    java = programs.program("java", JDK)
    source = sha256((HERE / "ReadStrictly.java").read_bytes()).hexdigest()[:12]
    classes = programs.cached(f"strimzi-{VERSION}-{source}", _compile)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "objects.json")
        file.write_text(json.dumps(ours), "utf-8")
        printed = programs.run(
            java, "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{classes}/libs/*", "ReadStrictly", file
        )
    return printed.splitlines()


def _compile(folder: Path) -> None:
    javac, maven = programs.program("javac", JDK), programs.program("mvn", JDK)
    libs = folder / "libs"
    programs.run(
        maven, "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies",
        f"-DoutputDirectory={libs}", f"-Dstrimzi.version={VERSION}",
    )  # fmt: skip
    programs.run(javac, "-d", folder, "-cp", f"{libs}/*", HERE / "ReadStrictly.java")
    shutil.copy(HERE / "pom.xml", folder)
