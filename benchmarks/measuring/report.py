"""Formats results, and stores them with machine, command and date in `benchmarks/results/`."""

import json
import os
import platform
import statistics
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "results"


@dataclass(frozen=True, slots=True)
class Result:
    """A row of a report."""

    name: str
    figures: dict[str, Any]


def table(results: list[Result]) -> str:
    """Return the results as a Markdown table."""
    columns = list(results[0].figures)
    lines = [["run", *columns], ["---"] * (len(columns) + 1)]
    lines += [[result.name, *(str(result.figures[column]) for column in columns)] for result in results]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def median_of(runs: list[Result]) -> Result:
    """Return the median of each figure over several runs of the same measurement."""
    names = runs[0].figures
    return Result(
        runs[0].name,
        {name: round(statistics.median(float(run.figures[name]) for run in runs), 2) for name in names},
    )


def write(name: str, results: list[Result]) -> None:
    """Store the results, replacing those of the last run of the same benchmark."""
    FOLDER.mkdir(exist_ok=True)
    report = {
        "command": " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "load_average": os.getloadavg()[0],
        "results": [{"name": result.name, **result.figures} for result in results],
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
