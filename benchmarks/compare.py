"""Runs one benchmark on two builds, interleaved: `python benchmarks/compare.py drain --against DIR -- --messages 5000`.

The driver, Kafka, Postgres and the simulator are those of this checkout. Only Mailtide's services and its command
`mailtide` come from the other one, where `make setup` must have run. The builds alternate, so that other load on the
machine affects both alike.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from measuring.report import FOLDER, Result, table, write

BENCHMARKS = ("webhook_to_row", "drain", "cron_round", "idle")


def run(name: str, commands: Path, arguments: list[str]) -> dict[str, float]:
    """Run the benchmark with the services of one build, and return its numeric figures.

    Raises:
        subprocess.CalledProcessError: the benchmark failed.
    """
    script = Path(__file__).with_name(f"{name}.py")
    subprocess.run(  # noqa: S603 - our own file
        [sys.executable, script, "--runs", "1", "--commands", commands, *arguments],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (figures,) = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["results"]
    return {key: value for key, value in figures.items() if isinstance(value, int | float)}


def compared(other: list[dict[str, float]], this: list[dict[str, float]]) -> list[Result]:
    """Return for each figure the median and range of both builds, and the ratio of the medians (this / other)."""
    rows = []
    for figure in this[0]:
        before = [run[figure] for run in other if figure in run]
        after = [run[figure] for run in this]
        if not before:
            continue
        medians = statistics.median(before), statistics.median(after)
        figures: dict[str, Any] = {
            "other": f"{medians[0]:g} [{min(before):g}..{max(before):g}]",
            "this": f"{medians[1]:g} [{min(after):g}..{max(after):g}]",
            "ratio": round(medians[1] / medians[0], 2) if medians[0] else "-",
        }
        rows.append(Result(figure, figures))
    return rows


def main() -> int:
    """Run both builds in turn, and print and store the ratios; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark", choices=BENCHMARKS)
    parser.add_argument("--against", type=Path, required=True, help="folder of the other checkout")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--name", help="name of the stored results, after `compare_` (default: the benchmark)"
    )
    parser.add_argument("arguments", nargs="*", help="arguments of the benchmark, after --")
    chosen = parser.parse_intermixed_args()
    builds = {"other": (chosen.against / ".venv/bin").resolve(), "this": Path(sys.executable).parent}
    if not (builds["other"] / "mailtide").exists():
        sys.stderr.write(f"{chosen.against} has no .venv with Mailtide: run `make setup` there\n")
        return 2
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in builds}
    for _ in range(chosen.rounds):
        for name, commands in builds.items():
            runs[name].append(run(chosen.benchmark, commands, chosen.arguments))
            print(name, runs[name][-1], flush=True)
    results = compared(runs["other"], runs["this"])
    print(table(results))
    write(f"compare_{chosen.name or chosen.benchmark}", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
