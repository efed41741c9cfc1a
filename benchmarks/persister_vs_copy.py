"""Compares the persister with `mailtide replay` into an empty database, and with plain COPY of the same rows.

COPY into the same table is the most that Postgres accepts from one client. It sends the rows that the persister wrote,
100 per transaction, on one connection, into a database with the same columns, indexes, foreign keys and compression; it
writes no threads and compares no versions.
"""

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg
from measuring.cpu import Meter
from measuring.persisting import RAW_JSON, delete_mail, empty_copy, figures, persist, ratio, rows_of
from measuring.report import Result, median_of, table, write

from mailtide_common.contracts.topics import MESSAGES
from mailtide_devkit.stack.stack import Stack, StackOptions

AT_ONCE = 100


async def copy(stack: Stack, url: str) -> Result:
    """COPY the persister's rows into the empty table of the database at `url`; return the figures."""
    columns, rows = await rows_of(stack.database_url)
    connection = await asyncpg.connect(url)
    samples = []
    try:
        await connection.set_type_codec("jsonb", **RAW_JSON)
        meter = Meter(stack)
        for first in range(0, len(rows), AT_ONCE):
            await connection.copy_records_to_table(
                "emails", records=rows[first : first + AT_ONCE], columns=columns
            )
            samples.append((time.monotonic(), min(len(rows), first + AT_ONCE)))
        usage = meter.read()
    finally:
        await connection.close()
    return Result("COPY", figures(len(rows), samples, usage, "benchmark"))


async def replay(stack: Stack, mails: int, url: str) -> Result:
    """Run `mailtide replay` into the empty database at `url`; return the figures.

    The rate is the command's own, which includes connecting to Kafka.
    """
    meter, before = Meter(stack), _children()
    report = json.loads(await stack.run("replay", "--json", env={"DATABASE_URL": url}))
    seconds = next(topic["seconds"] for topic in report["topics"] if topic["topic"] == MESSAGES.name)
    usage, used = meter.read(), _children() - before
    return Result(
        "replay",
        {
            "rows/s": round(mails / seconds),
            "writer us": round(used / mails * 1e6),
            "postgres us": round(usage.of_process["postgres"] / mails * 1e6),
            "foreign cores": round(usage.foreign - used / usage.seconds, 2),
        },
    )


def _children() -> float:
    """Return the processor seconds of child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def logged(stack: Stack, mails: int, way: Callable[[], Awaitable[Result]]) -> Result:
    """Run a measurement; return its result with the bytes of WAL per message."""
    before = await _log_position(stack)
    result = await way()
    result.figures["WAL bytes"] = round((await _log_position(stack) - before) / mails)
    return result


async def _log_position(stack: Stack) -> int:
    connection = await asyncpg.connect(stack.database_url)
    try:
        return int(await connection.fetchval("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"))
    finally:
        await connection.close()


async def main() -> None:
    """Measure the rounds; print and store medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=30_000, help="bytes of a body")
    parser.add_argument("--persisters", type=int, nargs="+", default=[1, 2], help="numbers of persisters")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    runs: list[list[Result]] = []
    for _ in range(chosen.rounds):
        async with Stack(StackOptions(services={"persister": 1})) as stack:
            ours, replays = list[Result](), list[Result]()
            for number in chosen.persisters:
                await delete_mail(stack.database_url)
                way = partial(
                    persist, stack, chosen.mails, chosen.size, f"persister {number}", processes=number
                )
                ours.append(await logged(stack, chosen.mails, way))
                if not replays:  # before the topic has the mails twice
                    url = await empty_copy(stack, "replayed")
                    again = partial(replay, stack, chosen.mails, url)
                    replays.append(await logged(stack, chosen.mails, again))
            url = await empty_copy(stack, "copied")
            runs.append([*ours, *replays, await logged(stack, chosen.mails, partial(copy, stack, url))])
            for result in runs[-1]:
                result.figures["/ persister"] = ratio(result, runs[-1][0])
                result.figures["/ COPY"] = ratio(result, runs[-1][-1])
            print(table(runs[-1]), flush=True)
    results = [median_of(list(each)) for each in zip(*runs, strict=True)]
    print(table(results))
    write(f"persister_vs_copy_{chosen.size}", results)


if __name__ == "__main__":
    asyncio.run(main())
