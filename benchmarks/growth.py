"""Measures what one more message costs in long and short threads: time, and Postgres' processor time.

The persister's use case runs in this process on a Postgres of its own. With another build's Python it measures that
build: `../before/.venv/bin/python benchmarks/growth.py`.
"""

import argparse
import asyncio
import statistics
import time
from itertools import count

import asyncpg
from measuring.cpu import tree_seconds
from measuring.report import Result, table, write

from mailtide_common.contracts.codec import Record, encode
from mailtide_common.contracts.events import Address, Lane, MessageContent, MessageState
from mailtide_common.contracts.topics import MESSAGES
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.postgres import create_pool
from mailtide_devkit.local.postgres import Postgres
from mailtide_persister.apply.messages import MessageApplier
from mailtide_persister.schema.migrate import migrate

PEOPLE = tuple(Address(name=f"Person {n}", email=f"person{n}@example.com") for n in range(20))
FIRST_MAIL_AT = 1_700_000_000
AT_ONCE = 200
NUMBERS = count()


def mail(thread: str, *, unread: bool = True) -> list[Record]:
    """Return content and state of one more message of a thread, newer than all before."""
    number = next(NUMBERS)
    version = Version(observed_at=number + 1, source=Source.API, event_id="e")
    content = MessageContent(
        grant_id="g", message_id=f"m{number}", version=version, lane=Lane.LIVE, thread_id=thread, subject="Re: growth",
        snippet="A benchmark", body="<p>Some words.</p>", from_=(PEOPLE[number % 20],), to=(PEOPLE[number * 7 % 20],),
        cc=(), bcc=(), reply_to=(), attachments=(), received_at=FIRST_MAIL_AT + number, content_hash=f"h{number}",
        core_hash=f"c{number}",
    )  # fmt: skip
    state = MessageState(
        grant_id="g", message_id=f"m{number}", version=version, unread=unread, folders=("INBOX",)
    )
    return [_record(content), _record(state)]


def _record(event: MessageContent | MessageState) -> Record:
    encoded = encode(event, source="benchmark")
    return Record(MESSAGES.name, 0, 0, encoded.key, encoded.value, encoded.headers, 0)


async def grow(applier: MessageApplier, thread: str, length: int) -> None:
    """Add `length` messages to a thread."""
    for first in range(0, length, AT_ONCE):
        batch = [record for _ in range(first, min(length, first + AT_ONCE)) for record in mail(thread)]
        await applier.apply(batch)


async def measure(
    applier: MessageApplier, postgres: Postgres, lengths: list[int], mails: int
) -> list[Result]:
    """Add messages to threads of each length, alternating; return the time of each length.

    Threads of at most `AT_ONCE` messages are new in each turn, so that they stay short.
    """
    took: dict[int, list[float]] = {length: [] for length in lengths}
    used = dict.fromkeys(lengths, 0.0)
    pid = postgres.process.pid
    for turn in range(mails // 10):
        for length in lengths:
            threads = [f"{length}"] * 10 if length > AT_ONCE else [f"{length}-{turn}-{n}" for n in range(10)]
            if length <= AT_ONCE:
                for thread in threads:
                    await grow(applier, thread, length)
            before = tree_seconds(pid)
            for thread in threads:
                records = mail(thread)
                began = time.perf_counter()
                await applier.apply(records)
                took[length].append(time.perf_counter() - began)
            used[length] += tree_seconds(pid) - before
    return [
        Result(
            f"thread of {length:,}",
            {
                "length": length,
                "p50 ms": round(statistics.median(took[length]) * 1e3, 2),
                "p95 ms": round(statistics.quantiles(took[length], n=20)[-1] * 1e3, 2),
                "postgres us": round(used[length] / len(took[length]) * 1e6),
            },
        )
        for length in lengths
    ]


async def run(lengths: list[int], mails: int) -> list[Result]:
    """Start a Postgres, grow the long threads, and measure."""
    postgres = Postgres()
    await postgres.start()
    try:
        url = await postgres.create_database("growth")
        await migrate(url)
        pool: asyncpg.Pool = await create_pool(url, max_size=2, application_name="growth")
        try:
            applier = MessageApplier(pool, None, ambiguity_microseconds=0)
            for length in lengths:
                if length > AT_ONCE:
                    await grow(applier, f"{length}", length)
            return await measure(applier, postgres, lengths, mails)
        finally:
            pool.terminate()
    finally:
        await postgres.discard()


async def main() -> None:
    """Measure; print and store each length, and the ratio of the longest to the shortest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", type=int, nargs="+", default=[3, 1_000, 30_000])
    parser.add_argument("--mails", type=int, default=200, help="per length")
    chosen = parser.parse_args()
    results = await run(sorted(chosen.lengths), chosen.mails)
    shortest, longest = results[0].figures, results[-1].figures
    ratios = {name: round(longest[name] / shortest[name], 2) for name in shortest if shortest[name]}
    results.append(Result("longest / shortest", ratios))
    print(table(results))
    write("growth", results)


if __name__ == "__main__":
    asyncio.run(main())
