"""The command `mailtide topics ensure`."""

from typing import Annotated

import typer

from mailtide.running import Json, group, print_json, run
from mailtide.show import plain_console
from mailtide.waiting import Wait, patiently
from mailtide_common.runtime.kafka.topics_admin import REPAIR, ensure_topics
from mailtide_common.runtime.settings import KafkaSettings, load

Repair = Annotated[bool, typer.Option("--repair", help="Correct topic settings that differ from Mailtide's.")]

app = group("Kafka topics: create and check them.")


@app.callback()
def topics() -> None:
    """Keep `ensure` a subcommand: without a callback, typer would run an app's only command directly."""


@app.command()
def ensure(as_json: Json = False, wait: Wait = 0.0, repair: Repair = False) -> None:
    """Create missing topics, and check all of them. Safe to repeat.

    Topic settings that differ from Mailtide's are printed, with the consequence. --repair alters them, except
    the numbers of partitions and replicas.

    Exit code 2 if a topic has another number of partitions or, without --repair, another cleanup policy, or
    could not be created or altered.

    Reads MAILTIDE_TOPIC_PARTITIONS, KAFKA_BOOTSTRAP_SERVERS and the other settings that begin with KAFKA_.
    """
    settings = load(KafkaSettings, "mailtide topics ensure")
    ensured = run(
        patiently(
            lambda: ensure_topics(settings.brokers, settings.mailtide_topic_partitions, repair=repair), wait
        )
    )
    if as_json:
        print_json(
            {
                "created": list(ensured.created),
                "present": list(ensured.present),
                "partitions": settings.mailtide_topic_partitions,
                "replication": ensured.replication,
                "repaired": [str(difference) for difference in ensured.repaired],
                "differences": [str(difference) for difference in ensured.checked.differences],
                "unseen": list(ensured.checked.unseen),
            }
        )
        return
    console = plain_console()
    for name in ensured.created:
        console.print(f"created  {name}")
    for name in ensured.present:
        console.print(f"present  {name}")
    for difference in ensured.repaired:
        console.print(f"repaired {difference}")
    for difference in ensured.checked.differences:
        console.print(f"differs  {difference}")
    for name in ensured.checked.unseen:
        console.print(f"unread   {name}: this login may not read its settings (DescribeConfigs)")
    if any(difference.repairable for difference in ensured.checked.differences):
        console.print(REPAIR)
    console.print(
        f"{len(ensured.created)} created, {len(ensured.present)} present, "
        f"{settings.mailtide_topic_partitions} partitions, replication {ensured.replication}"
    )
