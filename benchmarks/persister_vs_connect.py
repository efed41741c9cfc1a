"""Compares the persister with Kafka Connect and Debezium's JDBC sink, which stores the same rows of `emails`.

Connect reads complete rows, those that the persister wrote, as JSON with schemas, compressed with zstd, from two
partitions. So it derives no text, stores no threads or attachments and compares no versions; it upserts into the same
columns, indexes and foreign keys. Each is measured with several numbers of processes or tasks, with fresh
records and with duplicates: the same ones once more. Maven fetches the pinned jars of `connect/pom.xml` once (90 MB).
"""

import argparse
import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from measuring.persisting import as_json, delete_mail, empty_copy, persist, rate, ratio, rows_of
from measuring.report import Result, median_of, table, write

from mailtide_devkit.commands import command
from mailtide_devkit.local.java import find_java
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.local.process import Process
from mailtide_devkit.stack.stack import Stack, StackOptions

POM = Path(__file__).parent / "connect/pom.xml"
LIBS = Path.home() / ".cache/mailtide/connect-4.3.1-debezium-3.3.1/libs"
TOPIC = "benchmark.rows"
FETCH_SECONDS = 600

UUID_TYPE = {"type": "string", "name": "io.debezium.data.Uuid"}
JSON_TYPE = {"type": "string", "name": "io.debezium.data.Json"}
TIME_TYPE = {"type": "int64", "name": "org.apache.kafka.connect.data.Timestamp"}
TYPES: dict[str, dict[str, Any]] = {
    "uuid": UUID_TYPE,
    "jsonb": JSON_TYPE,
    "timestamptz": TIME_TYPE,
    "text": {"type": "string"},
    "bool": {"type": "boolean"},
    "int8": {"type": "int64"},
    "int2": {"type": "int16"},
    "_text": {"type": "array", "items": {"type": "string"}},
}
"""Connect's schema for each Postgres type in the table."""


async def fetch_jars() -> None:
    """Fetch the jars with Maven, unless they are cached."""
    if not LIBS.exists():
        scratch = LIBS.with_name("fetching")
        shutil.rmtree(scratch, ignore_errors=True)
        arguments = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={scratch}")
        await command("mvn", "-q", "-B", "-f", str(POM), *arguments, seconds=FETCH_SECONDS)
        scratch.rename(LIBS)


async def publish_rows(stack: Stack) -> int:
    """Create a topic, publish the persister's rows to it as Connect reads them, and return their number."""
    types = await column_types(stack.database_url)
    columns, rows = await rows_of(stack.database_url)
    fields = [{"field": column, "optional": column != "id", **TYPES[types[column]]} for column in columns]
    schema = orjson.dumps({"type": "struct", "optional": False, "name": "email", "fields": fields})
    servers = stack.kafka.bootstrap_servers
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 2, 1, topic_configs={"max.message.bytes": "8388608"})])
    await admin.close()
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, compression_type="zstd", max_batch_size=1_000_000, linger_ms=20
    )
    async with producer:
        for number, row in enumerate(rows):
            payload = orjson.dumps({c: _plain(v) for c, v in zip(columns, row, strict=True)})
            value = b'{"schema":%b,"payload":%b}' % (schema, payload)
            await producer.send(TOPIC, value, str(row[0]).encode(), partition=number % 2)
        await producer.flush()
    return len(rows)


async def column_types(database_url: str) -> dict[str, str]:
    """Return the Postgres types of the columns of `emails`, by name."""
    connection = await asyncpg.connect(database_url)
    try:
        return dict(
            await connection.fetch(
                "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = 'emails'"
            )
        )
    finally:
        await connection.close()


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return as_json(value)
    if isinstance(value, datetime):
        return int(value.timestamp() * 1_000)
    return str(value) if isinstance(value, UUID) else value


@asynccontextmanager
async def connect_worker(stack: Stack, url: str, name: str, tasks: int, batch: int) -> AsyncIterator[Process]:
    """Yield a standalone worker with the sink, not started yet; its group is `connect-` and `name`. End it on exit."""
    where = urlsplit(url)
    worker = {
        "bootstrap.servers": stack.kafka.bootstrap_servers,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "true",
        "plugin.discovery": "service_load",
        "offset.flush.interval.ms": 200,
        "listeners": f"http://127.0.0.1:{free_port()}",
    }
    sink = {
        "name": name,
        "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
        "tasks.max": tasks,
        "topics": TOPIC,
        "connection.url": f"jdbc:postgresql://{where.hostname}:{where.port}{where.path}?reWriteBatchedInserts=true",
        "connection.username": where.username,
        "connection.password": where.password or "",
        "insert.mode": "upsert",
        "primary.key.mode": "record_value",
        "primary.key.fields": "id",
        "schema.evolution": "none",
        "collection.name.format": "emails",
        "batch.size": batch,
        "consumer.override.max.poll.records": batch,
        "consumer.override.max.partition.fetch.bytes": 8_388_608,
        "consumer.override.fetch.max.bytes": 52_428_800,
    }
    with TemporaryDirectory() as folder:
        worker["offset.storage.file.filename"] = f"{folder}/offsets"
        files = []
        for kind, settings in (("worker", worker), ("sink", sink)):
            files.append(Path(folder, f"{kind}.properties"))
            files[-1].write_text("".join(f"{key}={value}\n" for key, value in settings.items()), "utf-8")
        java = (find_java().program, "-Xms256m", "-Xmx2g", "-XX:+UseG1GC", "-cp", f"{LIBS}/*")
        main_class = "org.apache.kafka.connect.cli.ConnectStandalone"
        process = Process(name, [*java, main_class, *files], log=stack.files.log(name))
        try:
            yield process
        finally:
            await process.terminate(20)


async def connect(stack: Stack, mails: int, tasks: int, batch: int) -> list[Result]:
    """Measure Connect with `tasks` tasks: with fresh rows, then with duplicates, read again by another group."""
    url = await empty_copy(stack, f"connected{tasks}")
    results = []
    for group, name in (
        (f"fresh{tasks}", f"Connect {tasks}"),
        (f"again{tasks}", f"Connect {tasks}, duplicates"),
    ):
        async with connect_worker(stack, url, group, tasks, batch) as process:
            results.append(
                await rate(
                    stack,
                    name,
                    (f"connect-{group}", TOPIC, mails),
                    process.start,
                    mails=mails,
                    writer=("connect", {"connect": process}),
                )
            )
    return results


async def persisted(stack: Stack, mails: int, size: int, processes: int) -> list[Result]:
    """Measure so many persisters: fresh rows first, then duplicates: the same records, published again."""
    await delete_mail(stack.database_url)
    return [
        await persist(stack, mails, size, f"persister {processes}", processes=processes),
        await persist(stack, mails, size, f"persister {processes}, duplicates", processes=processes),
    ]


async def compared(
    stack: Stack, mails: int, size: int, processes: list[int], tasks: list[int]
) -> list[Result]:
    """Measure one round: each number of persisters, then Connect with each number of tasks."""
    batch = 500 if size > 10_000 else 3_000  # the best of each size, by earlier measurements
    ours = [await persisted(stack, mails, size, number) for number in processes]
    await publish_rows(stack)
    rivals = [await connect(stack, mails, number, batch) for number in tasks]
    for of_ours, of_rivals in zip(zip(*ours, strict=True), zip(*rivals, strict=True), strict=True):
        best = max(of_rivals, key=lambda result: result.figures["rows/s"])
        for result in (*of_ours, *of_rivals):
            result.figures["/ best Connect"] = ratio(result, best)
    return [result for pair in (*ours, *rivals) for result in pair]


async def main() -> None:
    """Measure the rounds; print and store medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=15_000)
    parser.add_argument("--size", type=int, default=30_000, help="bytes of a body")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--persisters", type=int, nargs="+", default=[1, 2], help="numbers of persisters")
    parser.add_argument("--tasks", type=int, nargs="+", default=[1, 2], help="Connect's numbers of tasks")
    chosen = parser.parse_args()
    await fetch_jars()
    runs: list[list[Result]] = []
    for _ in range(chosen.rounds):
        async with Stack(StackOptions(services={"persister": 1})) as stack:
            runs.append(await compared(stack, chosen.mails, chosen.size, chosen.persisters, chosen.tasks))
            print(table(runs[-1]), flush=True)
    results = [median_of(list(each)) for each in zip(*runs, strict=True)]
    print(table(results))
    write(f"persister_vs_connect_{chosen.size}", results)


if __name__ == "__main__":
    asyncio.run(main())
