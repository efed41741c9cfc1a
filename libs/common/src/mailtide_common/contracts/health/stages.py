"""Which stages of the pipeline are behind, and what cures it, for the API, `mailtide` and the console. Pure."""

from collections.abc import Iterable

from mailtide_common.contracts.api.model import Response
from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.topics import BACKFILL_REQUESTS

from .conditions import Level

SLOW_SECONDS = 60.0
"""Age of the oldest unprocessed record from which a stage is behind; live mail passes within a second."""


class BehindStage(Response):
    """A consumer group that is behind or has no process, at its last measurement."""

    group: str
    level: Level
    """`person` if no process consumes; else `waiting`."""
    what: str
    cure: str
    command: str = "mailtide doctor"


def behind(stages: Iterable[PipelineStage]) -> list[BehindStage]:
    """Return the stages that are behind, those without a process first.

    Backfills wait for each other by design, so the topic of their requests never counts as slow.
    """
    found = [each for stage in stages if (each := _behind(stage)) is not None]
    return sorted(found, key=lambda each: each.level is not Level.PERSON)


def _behind(stage: PipelineStage) -> BehindStage | None:
    service = stage.group.removesuffix(f".{stage.topic}")
    records = "1 record waits" if stage.waiting == 1 else f"{stage.waiting} records wait"
    if stage.waiting and not stage.members:
        return BehindStage(
            group=stage.group,
            level=Level.PERSON,
            what=f"no {service} consumes {stage.topic}, and {records}",
            cure=f"Start the {service}; its log shows why it ended.",
        )
    if (stage.lag_seconds or 0) <= SLOW_SECONDS or stage.topic == BACKFILL_REQUESTS.name:
        return None
    return BehindStage(
        group=stage.group,
        level=Level.WAITING,
        what=f"the {service} is {stage.lag_seconds:.0f} s behind on {stage.topic}, and {records}",
        cure=f"Restart a {service} that hangs, or start more of them (docs/scale.md).",
    )
