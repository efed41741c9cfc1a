"""Measures the cost of spans in worker and persister: drains of a backlog with and without a collector, alternating.

Without a collector, the hooks remain. Their time for one message is measured separately, because it is far below the
noise of a drain.
"""

import argparse
import asyncio
import sys
import timeit
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "harness"))

from drain import DRAINING, drain, fill
from measuring.deliveries import SERVICES
from measuring.report import Result, table, write

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_common.runtime.traces.spans import OFF
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_harness.servers.otlp import Collector

SIZE = 30_000
"""Bytes of a body."""

HOOK_RUNS = 100_000


def hooks_us() -> float:
    """Return the microseconds that the hooks take for one message without a collector: received, sent, received again.

    In batches, as under load, one call of a hook serves many records.
    """
    record = Record(NOTIFICATIONS.name, 0, 0, b"k", b"v", [], 0)

    def one_message() -> None:
        with OFF.processing([record], "worker"), OFF.sending([]):
            pass
        with OFF.processing([record], "persister"):
            pass

    return timeit.timeit(one_message, number=HOOK_RUNS) / HOOK_RUNS * 1e6


async def one(messages: int, env: dict[str, str]) -> dict[str, Any]:
    """Run one drain in a new stack with these settings, and return its figures."""
    async with Stack(StackOptions(services=SERVICES, env=env)) as stack:
        for name in DRAINING:
            await stack.scale(name, 0)
        await fill(stack, messages, SIZE)
        return (await drain(stack, messages)).figures


async def main() -> None:
    """Alternate drains without spans, with all, and with 1 % of traces; print and store medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    runs: dict[str, list[dict[str, Any]]] = {}
    with Collector() as collector:
        on = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
        sampled = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01"}
        for _ in range(chosen.rounds):
            for name, env in (("off", {}), ("all traces", on), ("1 % of traces", on | sampled)):
                runs.setdefault(name, []).append(await one(chosen.messages, env))
                print(name, runs[name][-1], flush=True)
                collector.spans.clear()
    medians = {
        name: {figure: median(each[figure] for each in found) for figure in ("rows/s", *_own(found[0]))}
        for name, found in runs.items()
    }
    off = medians["off"]
    results = [
        Result(
            name,
            figures | {f"{figure} ratio": round(figures[figure] / off[figure], 2) for figure in _own(off)},
        )
        for name, figures in medians.items()
    ]
    results[0].figures["hooks us"] = round(hooks_us(), 2)
    for result in results[1:]:
        result.figures["hooks us"] = "-"
    print(table(results))
    write("traces", results)


def _own(figures: dict[str, Any]) -> list[str]:
    """Return the names of the figures for processor time of the measured services."""
    return [figure for figure in figures if figure.removesuffix(" us") in DRAINING]


if __name__ == "__main__":
    asyncio.run(main())
