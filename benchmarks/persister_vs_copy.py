"""The persister beside plain COPY of the same rows into the same table: the most that Postgres takes from one client.

The rows are read from what the persister wrote. COPY sends 100 rows at a time, each a transaction, on one connection,
into a database with the same columns, indexes, foreign keys and compression; it writes no thread and checks nothing.
"""

import argparse
import asyncio
import time

import asyncpg
from measuring.cpu import Meter
from measuring.persisting import RAW_JSON, empty_copy, figures, persist, ratio, rows_of
from measuring.report import Result, median_of, table, write

from mailtide_devkit.stack.stack import Stack, StackOptions

AT_ONCE = 100


async def copy(stack: Stack) -> Result:
    """COPY the persister's rows into an empty table."""
    columns, rows = await rows_of(stack.database_url)
    connection = await asyncpg.connect(await empty_copy(stack, "copied"))
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


async def main() -> None:
    """Alternate both, and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=30_000, help="bytes of a body")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    runs: list[list[Result]] = []
    for _ in range(chosen.rounds):
        async with Stack(StackOptions(services={"persister": 1})) as stack:
            runs.append([await persist(stack, chosen.mails, chosen.size), await copy(stack)])
            for result in runs[-1]:
                result.figures["/ COPY"] = ratio(result, runs[-1][1])
            print(table(runs[-1]), flush=True)
    results = [median_of(list(each)) for each in zip(*runs, strict=True)]
    print(table(results))
    write(f"persister_vs_copy_{chosen.size}", results)


if __name__ == "__main__":
    asyncio.run(main())
