"""Measures the start of commands of `mailtide` on one or more builds, interleaved.

`python benchmarks/cli_start.py [--builds DIR ...]`; the first build is this checkout. No server listens at the address
that the commands call, so each ends after all its imports, settings and one refused connection.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring.report import Result, table, write

THIS = Path(__file__).parents[1]
COMMANDS = {"--help": 0, "accounts list": 3, "status": 3, "runs list": 3, "connect-link --user 42": 0}
"""Commands, each with the exit code that proves that it ran to that end."""

SETTINGS = {
    "MAILTIDE_ENV_FILE": "",
    "ADMIN_TOKEN": "a-token-of-the-benchmark",
    "MAILTIDE_SCHEDULER_URL": "http://127.0.0.1:9",
    "PUBLIC_URL": "https://mail.example.com",
    "CONNECT_SECRET": "a-secret-of-the-benchmark",
}


def timed(command: list[str], folder: str, code: int | None) -> tuple[float, float]:
    """Run a command; return its wall-clock time and its processor time, in milliseconds.

    Raises:
        AssertionError: it ended with another exit code than `code`, if one is given.
    """
    environment = {"PATH": os.environ["PATH"], **SETTINGS}
    began, before = time.perf_counter(), os.times()
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)  # noqa: S603
    after = os.times()
    assert code is None or ended.returncode == code, (command, ended)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return (time.perf_counter() - began) * 1_000, cpu * 1_000


def main() -> None:
    """Measure; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=Path, nargs="*", default=[], help="Other checkouts with a .venv.")
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    builds = [THIS, *given.builds]
    results = []
    with TemporaryDirectory() as folder:
        for words, code in {"(python -c pass)": 0, **COMMANDS}.items():
            times: dict[Path, list[tuple[float, float]]] = {build: [] for build in builds}
            for _ in range(given.runs):
                for build in builds:
                    venv = build / ".venv/bin"
                    command = [str(venv / "mailtide"), *words.split()]
                    if words.startswith("("):
                        command = [sys.executable, "-c", "pass"]
                    times[build].append(timed(command, folder, code if build is THIS else None))
            for number, build in enumerate(builds):
                clock, cpu = (statistics.median(column) for column in zip(*times[build], strict=True))
                name = "this" if build is THIS else f"build {number}"
                results.append(Result(words, {"build": name, "clock_ms": round(clock), "cpu_ms": round(cpu)}))
    print(table(results))
    write("cli_start", results)


if __name__ == "__main__":
    main()
