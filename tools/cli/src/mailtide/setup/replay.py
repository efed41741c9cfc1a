"""The `mailtide replay` command."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from mailtide.running import Json, command, print_json, run
from mailtide.show import plain_console
from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime.settings import load
from mailtide_persister.replay import OnProgress, ReplayReport, TopicReplay, replay
from mailtide_persister.settings import PersisterSettings


def replay_command(as_json: Json = False) -> None:
    """Rebuild the mail tables from Kafka, without calls to Nylas. Services may run meanwhile.

    Every topic from which the mail tables are built is read from its start to its present end. A row changes
    only if Kafka has a newer version of it. Rows of purged accounts are deleted. Records that cannot be
    stored are counted as parked, without a dead letter.

    Reads the settings of the persister: DATABASE_URL, MAILTIDE_SCHEMA, MAILTIDE_AMBIGUITY_SECONDS, and those
    that begin with KAFKA_.
    """
    settings = load(PersisterSettings, "mailtide replay")
    with _progress(quiet=as_json) as on_progress:
        report = run(replay(settings, on_progress=on_progress))
    if as_json:
        print_json({"topics": [_as_dict(topic) for topic in report.topics]})
    else:
        plain_console().print(_table(report))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[OnProgress]:
    """Yield a callback that shows a progress bar for each topic, on a terminal and unless `quiet`."""
    console = Console(stderr=True)
    bars: dict[str, int] = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
    ) as progress:

        def on_progress(topic: Topic, read: int, total: int) -> None:
            if topic.name not in bars:
                bars[topic.name] = progress.add_task(topic.name, total=None)
            progress.update(bars[topic.name], completed=read, total=total)  # type: ignore[arg-type]

        yield on_progress


def _table(report: ReplayReport) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=0)
    table.add_column("topic", no_wrap=True)
    for column in ("records", "applied", "unchanged", "parked", "seconds", "rate/s"):
        table.add_column(column, justify="right")
    for topic in report.topics:
        table.add_row(
            topic.topic,
            f"{topic.records:,}",
            f"{topic.changed:,}",
            f"{topic.unchanged:,}",
            f"{topic.parked.total():,}",
            f"{topic.seconds:.1f}",
            f"{topic.rate:,.0f}",
        )
    return table


def _as_dict(topic: TopicReplay) -> dict[str, object]:
    return {
        "topic": topic.topic,
        "records": topic.records,
        "applied": topic.changed,
        "unchanged": topic.unchanged,
        "parked": dict(topic.parked),
        "seconds": round(topic.seconds, 3),
        "per_second": round(topic.rate, 1),
    }


app = command(replay_command)
