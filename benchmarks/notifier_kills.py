"""Checks that each of 1,000 incidents and 1,000 important messages is noticed once while the notifier is killed.

`python benchmarks/notifier_kills.py [EACH] [KILLS]`
"""

import asyncio
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "harness"))

from measuring.report import Result, table, write

from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_devkit.local.backends import choose_kafka, choose_postgres
from mailtide_harness.drills.notifier_kills import drill
from mailtide_persister.schema.migrate import migrate

PARTITIONS = 12


async def main(each: int, kills: int) -> None:
    """Run the drill on its own Kafka and Postgres, and print and store the figures."""
    kafka, postgres = choose_kafka(), choose_postgres()
    try:
        await asyncio.gather(kafka.start(), postgres.start())
        database_url = await postgres.create_database("drill")
        await migrate(database_url)
        await ensure_topics(Brokers.plain(kafka.bootstrap_servers), PARTITIONS)
        with tempfile.TemporaryDirectory() as folder:
            figures = await drill(
                kafka.bootstrap_servers,
                database_url,
                Path(folder) / "notifier.log",
                incidents=each,
                messages=each,
                kills=kills,
                shares=kills + 1,
            )
    finally:
        await kafka.discard()
        await postgres.discard()
    results = [
        Result(
            f"{each} incidents, {each} messages, {kills} kills",
            {**asdict(figures), "seconds": round(figures.seconds)},
        )
    ]
    print(table(results))
    write("notifier_kills", results)


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:3]]
    asyncio.run(main(*(numbers + [1_000, 6][len(numbers) :])))
