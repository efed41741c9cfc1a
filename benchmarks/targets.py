"""Prints the targets of performance beside the latest results in `results/`: `python benchmarks/targets.py`.

It runs nothing: each row names the command that renews it. A ratio counts only if `foreign cores` was below 0.2.
"""

import json
from dataclasses import dataclass

from measuring.report import FOLDER


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio that is to be reached.

    Attributes:
        what: the two things compared.
        wanted: the target, as text.
        file: the results, without `.json`.
        run: the row of the results.
        figure: the figure of that row.
        command: renews the results.
    """

    what: str
    wanted: str
    file: str
    run: str
    figure: str
    command: str


CONNECT, COPY = "persister_vs_connect", "persister_vs_copy"
TARGETS = (
    Target(
        "persister 30 KB, fresh / best Connect, same bytes", "≥ 1.3", f"{CONNECT}_30000", "persister",
        "/ best Connect", f"{CONNECT}.py",
    ),
    Target(
        "persister 30 KB, duplicates / best Connect", "≥ 3.0", f"{CONNECT}_30000", "persister, duplicates",
        "/ best Connect", f"{CONNECT}.py",
    ),
    Target(
        "persister 2 KB, fresh / best Connect", "≥ 1.0", f"{CONNECT}_2000", "persister",
        "/ best Connect", f"{CONNECT}.py --size 2000 --mails 60000",
    ),
    Target("persister 30 KB, fresh / COPY", "≥ 0.80", f"{COPY}_30000", "persister", "/ COPY", f"{COPY}.py"),
    Target(
        "drain / another build, rows a second", "≥ 2.5", "compare_drain", "rows/s", "ratio",
        "compare.py drain --against DIR",
    ),
    Target(
        "webhook to row, p50 / another build", "≤ 0.50", "compare_webhook_to_row", "p50 ms", "ratio",
        "compare.py webhook_to_row --against DIR",
    ),
    Target(
        "one more mail: thread of 30,000 / of 3", "≤ 1.5", "growth", "longest / shortest", "p50 ms", "growth.py"
    ),
)  # fmt: skip


def measured(target: Target) -> str:
    """The latest result, or that there is none."""
    file = FOLDER / f"{target.file}.json"
    if not file.exists():
        return "not measured"
    rows = {row["name"]: row for row in json.loads(file.read_text("utf-8"))["results"]}
    row = rows.get(target.run, {})
    foreign = row.get("foreign cores")
    disturbed = f" (foreign {foreign} cores)" if foreign is not None and float(foreign) >= 0.2 else ""
    return f"{row.get(target.figure, 'not measured')}{disturbed}"


def main() -> None:
    """Print the table."""
    print("| What | target | measured | `python benchmarks/` |\n|---|---|---|---|")
    for target in TARGETS:
        print(f"| {target.what} | {target.wanted} | {measured(target)} | `{target.command}` |")


if __name__ == "__main__":
    main()
