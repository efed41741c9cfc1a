"""Measures the performance targets, one benchmark after the other, and prints which are met and which are missed.

`python benchmarks/targets.py --against DIR --rivals` measures all in about 20 minutes on a quiet machine. DIR is the
checkout of another build, with its `.venv`; without it, comparisons with another build are not measured. Without
`--rivals`, Kafka Connect is not measured (Maven fetches it once, 90 MB). Targets that are not measured now are printed
from the stored results, with their date; `--none` measures nothing.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measuring.plot import write_bars
from measuring.report import FOLDER

HERE = Path(__file__).parent
PLOT = HERE.parent / "docs/img/targets.svg"
DISTURBED = 0.2
"""Cores used by other programs from which on a result is marked as disturbed."""

COPY, CONNECT, SMALL = "persister_vs_copy_30000", "persister_vs_connect_30000", "persister_vs_connect_2000"
DRAIN, WEBHOOK, IDLE = "compare_drain", "compare_webhook_to_row", "compare_idle"
BACKLOG = "compare_backlog"

RUNS: dict[str, tuple[str, ...]] = {
    "copy": ("persister_vs_copy.py", "--mails", "12000"),
    "connect": ("persister_vs_connect.py", "--mails", "12000", "--tasks", "2"),
    "connect-2KB": ("persister_vs_connect.py", "--mails", "40000", "--size", "2000", "--tasks", "1"),
    "drain": ("compare.py", "drain", "--against", "DIR", "--", "--messages", "20000"),
    "backlog": (
        "compare.py", "drain", "--against", "DIR", "--name", "backlog", "--rounds", "1", "--", "--messages", "60000",
    ),
    "webhook": (
        "compare.py", "webhook_to_row", "--against", "DIR", "--",
        "--seconds", "12", "--ladder", "50", "100", "200", "400", "600", "--ladder-seconds", "4",
    ),
    "ingress": ("ingress_vs_bare.py",),
    "growth": ("growth.py", "--mails", "100", "--lengths", "3", "30000"),
    "idle": ("compare.py", "idle", "--against", "DIR", "--", "--seconds", "60"),
    "cron": ("cron_round.py", "--workers", "1", "--latency", "0.2", "--runs", "3"),
}  # fmt: skip
"""Script and arguments of each benchmark, by name."""


class Results:
    """The stored results."""

    def number(self, file: str, row: str, figure: str) -> float:
        """Return the median of a figure over the rows with this name; of "median [least..most]", the median counts.

        Raises:
            KeyError: there is no such report, row or figure.
        """
        rows = [each for each in self.of(file)["results"] if each["name"] == row]
        values = sorted(float(str(each[figure]).split(" ", 1)[0]) for each in rows)
        if not values:
            raise KeyError(row)
        return values[len(values) // 2]

    def of(self, file: str) -> dict[str, Any]:
        """Return a stored report.

        Raises:
            KeyError: there is none.
        """
        path = FOLDER / f"{file}.json"
        if not path.exists():
            raise KeyError(file)
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return report

    def foreign(self, file: str) -> float:
        """Return the most cores that other programs used in any row of a report; of comparisons, the greater median."""
        rows = self.of(file)["results"]
        of_rows = [float(row["foreign cores"]) for row in rows if "foreign cores" in row]
        (compared,) = [row for row in rows if row["name"] == "foreign cores"] or [{}]
        of_sides = [float(compared[side].split()[0]) for side in ("other", "this") if side in compared]
        return max([*of_rows, *of_sides], default=0.0)

    def best(self, file: str, suffix: str, figure: str) -> float:
        """The most of a figure that any number of persisters reached.

        Raises:
            KeyError: it was not measured.
        """
        names = {each["name"] for each in self.of(file)["results"]}
        ours = [name for name in names if re.fullmatch(rf"persister \d+{suffix}", name)]
        if not ours:
            raise KeyError(suffix)
        return max(self.number(file, name, figure) for name in ours)

    def ratio(self, file: str, figure: str) -> float:
        """Return this build's median of a figure, divided by the other build's."""
        return self.number(file, figure, "this") / self.number(file, figure, "other")


@dataclass(frozen=True, slots=True)
class Target:
    """A target for a ratio.

    Attributes:
        what: what is compared with what.
        wanted: the ratio to reach.
        at_least: whether more is better.
        file: the stored results.
        run: the name of its benchmark in `RUNS`.
        measure: computes it from the results.
    """

    what: str
    wanted: float
    at_least: bool
    file: str
    run: str
    measure: Callable[[Results], float]

    def met(self, value: float) -> bool:
        """Return whether a value reaches the target."""
        return value >= self.wanted if self.at_least else value <= self.wanted


def _memory(results: Results, file: str) -> float:
    """Return the greatest ratio of peak memory, this build / other, of any service."""
    services = ("ingress", "scheduler", "sync-worker", "persister")
    return max(results.ratio(file, f"{service} MiB") for service in services)


TARGETS = (
    Target("persister 30 KB fresh / Connect, same bytes", 1.3, True, CONNECT, "connect",
           lambda r: r.best(CONNECT, "", "/ best Connect")),
    Target("persister 30 KB fresh / COPY of the same rows", 0.8, True, COPY, "copy",
           lambda r: r.best(COPY, "", "/ COPY")),
    Target("persister 2 KB fresh / Connect", 1.0, True, SMALL, "connect-2KB",
           lambda r: r.best(SMALL, "", "/ best Connect")),
    Target("duplicates 30 KB / Connect", 3.0, True, CONNECT, "connect",
           lambda r: r.best(CONNECT, ", duplicates", "/ best Connect")),
    Target("drain of 20,000 / Connect alone", 0.65, True, DRAIN, "drain",
           lambda r: r.number(DRAIN, "rows/s", "this") / r.number(CONNECT, "Connect 2", "rows/s")),
    Target("drain of 20,000 / other build", 2.5, True, DRAIN, "drain", lambda r: r.ratio(DRAIN, "rows/s")),
    Target("webhook to row at 100/s, p50 / other build", 0.5, False, WEBHOOK, "webhook",
           lambda r: r.ratio(WEBHOOK, "row p50 ms")),
    Target("webhook to row at 100/s, p99 / other build", 0.6, False, WEBHOOK, "webhook",
           lambda r: r.ratio(WEBHOOK, "row p99 ms")),
    Target("highest rate with p99 < 100 ms / other build", 2.0, True, WEBHOOK, "webhook",
           lambda r: r.ratio(WEBHOOK, "highest rate")),
    Target("ingress requests a CPU second / bare ASGI", 0.8, True, "ingress_vs_bare", "ingress",
           lambda r: r.number("ingress_vs_bare", "ingress", "/ bare")),
    Target("one more mail: thread of 30,000 / of 3", 1.5, False, "growth", "growth",
           lambda r: r.number("growth", "longest / shortest", "p50 ms")),
    Target("cron round of 1,000 accounts / physical bound", 0.75, True, "cron_round", "cron",
           lambda r: r.number("cron_round", "1 workers, 0.2 s a call", "share of the physical bound")),
    Target("replay into an empty database / persister fresh", 1.1, True, COPY, "copy",
           lambda r: r.number(COPY, "replay", "/ persister")),
    Target("bytes of log (WAL) a mail / COPY of the row", 1.15, False, COPY, "copy",
           lambda r: r.number(COPY, "persister 1", "WAL bytes") / r.number(COPY, "COPY", "WAL bytes")),
    Target("CPU of a webhook, all services / other build", 0.5, False, WEBHOOK, "webhook",
           lambda r: r.ratio(WEBHOOK, "services us")),
    Target("CPU of all services without mail / other build", 1.0, False, IDLE, "idle",
           lambda r: r.ratio(IDLE, "services CPU s/h")),
    Target("wake-ups of all services without mail / other build", 1.0, False, IDLE, "idle",
           lambda r: r.ratio(IDLE, "services wake-ups/s")),
    Target("peak memory in the drain, worst service / other build", 1.0, False, DRAIN, "drain",
           lambda r: _memory(r, DRAIN)),
    Target("peak memory, backlog of 60,000, worst service / other build", 1.0, False, BACKLOG, "backlog",
           lambda r: _memory(r, BACKLOG)),
)  # fmt: skip


def measure(names: list[str], against: Path | None) -> None:
    """Run benchmarks one after the other; print one that fails, and continue with the next."""
    for name in names:
        arguments = [str(against) if each == "DIR" else each for each in RUNS[name]]
        began = time.monotonic()
        print(f"{datetime.now(UTC):%H:%M:%S} {' '.join(arguments)}", flush=True)
        done = subprocess.run(  # noqa: S603 - our own file
            [sys.executable, HERE / arguments[0], *arguments[1:]], check=False, stdout=subprocess.DEVNULL
        )
        outcome = "" if done.returncode == 0 else f", failed ({done.returncode})"
        print(f"         {time.monotonic() - began:.0f} s{outcome}", flush=True)


def rows() -> list[tuple[Target, float | None, str]]:
    """Return each target with its latest value (None if not measured), and the date, with a note if disturbed."""
    results, measured = Results(), list[tuple[Target, float | None, str]]()
    for target in TARGETS:
        try:
            value = target.measure(results)
            foreign = results.foreign(target.file)
        except (KeyError, ZeroDivisionError):
            measured.append((target, None, ""))
            continue
        note = f", foreign {foreign:g}" if foreign >= DISTURBED else ""
        measured.append((target, value, results.of(target.file)["date"] + note))
    return measured


def main() -> None:
    """Measure what was requested, print all targets as a table, and draw the chart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--against", type=Path, help="folder of another checkout")
    parser.add_argument("--rivals", action="store_true", help="measure Kafka Connect too")
    parser.add_argument("--only", nargs="+", choices=RUNS, help="these alone")
    parser.add_argument("--none", action="store_true", help="measure nothing")
    chosen = parser.parse_args()
    names = [
        name
        for name in chosen.only or RUNS
        if not chosen.none
        and (chosen.rivals or not name.startswith("connect"))
        and (chosen.against or "DIR" not in RUNS[name])
    ]
    measure(names, chosen.against)
    print("| What | target | measured | | of |\n|---|---|---|---|---|")
    measured = rows()
    for target, value, note in measured:
        wanted = f"{'≥' if target.at_least else '≤'} {target.wanted:g}"
        if value is None:
            print(f"| {target.what} | {wanted} | not measured | | |")
        else:
            outcome = "met" if target.met(value) else "missed"
            print(f"| {target.what} | {wanted} | {value:.3g} | {outcome} | {note} |")
    write_bars(
        PLOT,
        "Measured / target: 100 % is the target; beyond it is better",
        [
            (target.what, value / target.wanted if target.at_least else target.wanted / value)
            for target, value, _ in measured
            if value
        ],
    )


if __name__ == "__main__":
    main()
