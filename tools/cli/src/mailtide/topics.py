"""`mailtide topics`."""

import typer
from rich.console import Console

from mailtide_common.runtime.settings import KafkaSettings, load
from mailtide_common.runtime.topics_admin import ensure_topics

from .running import Json, Wait, patiently, print_json, run

app = typer.Typer(help="Kafka topics.", no_args_is_help=True)


@app.callback()
def topics() -> None:
    """Kafka topics."""


@app.command()
def ensure(as_json: Json = False, wait: Wait = 0.0) -> None:
    """Create the topics that are missing, and check all of them. Safe to repeat.

    Reads MAILTIDE_TOPIC_PARTITIONS, KAFKA_BOOTSTRAP_SERVERS and the other settings that begin with KAFKA_.
    """
    settings = load(KafkaSettings, "mailtide topics ensure")
    ensured = run(
        patiently(lambda: ensure_topics(settings.brokers, settings.mailtide_topic_partitions), wait)
    )
    if as_json:
        print_json(
            {
                "created": list(ensured.created),
                "present": list(ensured.present),
                "partitions": settings.mailtide_topic_partitions,
                "replication": ensured.replication,
            }
        )
        return
    console = Console(highlight=False)
    for name in ensured.created:
        console.print(f"created  {name}")
    for name in ensured.present:
        console.print(f"present  {name}")
    console.print(
        f"{len(ensured.created)} created, {len(ensured.present)} present, "
        f"{settings.mailtide_topic_partitions} partitions, replication {ensured.replication}"
    )
