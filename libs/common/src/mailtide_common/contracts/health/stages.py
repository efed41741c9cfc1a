"""Judges by measurements which stages of the pipeline are behind, and states the cure. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from mailtide_common.contracts.api.model import Response
from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.topics import BACKFILL_REQUESTS

from .conditions import Level

SLOW_SECONDS = 60.0
"""A stage is behind if its oldest unprocessed record is older than this. Live mail passes within a second."""

UNMEASURED_SECONDS = 180.0
"""A scheduler measures each minute. If the last measurement is older than this, no scheduler seems to run, or
it cannot reach Kafka."""

LATE_SECONDS = 300.0
"""People are notified if a stage's oldest unprocessed record is older than this. A restart takes less."""


class StageState(StrEnum):
    """The state of a consumer group at a measurement."""

    CURRENT = "current"
    ABSENT = "absent"
    """No process consumes the topic, and no record waits."""
    SLOW = "slow"
    """The oldest unprocessed record is older than `SLOW_SECONDS`, up to `LATE_SECONDS`."""
    LATE = "late"
    """The oldest unprocessed record is older than `LATE_SECONDS`."""
    UNCONSUMED = "unconsumed"
    """No process consumes the topic, and records wait."""


ALARMING = frozenset({StageState.LATE, StageState.UNCONSUMED})
"""States of which people are notified."""


class BehindStage(Response):
    """A consumer group that is behind, or that has records but no process; or the scheduler, if none runs."""

    group: str
    """The consumer group; `scheduler` if no scheduler runs."""
    level: Level
    """`person` if no process runs, or if the group is more than five minutes behind. Otherwise `waiting`."""
    what: str
    """What is wrong, in words, and when it was measured."""
    cure: str
    command: str = "mailtide doctor"


def state_of(stage: PipelineStage) -> StageState:
    """Return the state of a stage. If the age of its oldest record is unknown, it counts as 0.

    Backfills wait for each other by design, so the stage of their requests is never slow or late.
    """
    if not stage.members:
        return StageState.UNCONSUMED if stage.waiting else StageState.ABSENT
    lag = stage.lag_seconds or 0.0
    if lag <= SLOW_SECONDS or stage.topic == BACKFILL_REQUESTS.name:
        return StageState.CURRENT
    return StageState.SLOW if lag <= LATE_SECONDS else StageState.LATE


def behind(stages: Iterable[PipelineStage]) -> list[BehindStage]:
    """Return the stages that are behind, or have records but no process.

    Those that need a person come first.
    """
    found = [each for stage in stages if (each := _behind(stage)) is not None]
    return sorted(found, key=lambda each: each.level is not Level.PERSON)


def missing_scheduler(measured_at: datetime | None, now: datetime) -> BehindStage | None:
    """Return an entry about the scheduler if no scheduler seems to run, or else None.

    That is so if the last measurement is older than `UNMEASURED_SECONDS`. Before the first measurement, the
    result is None.
    """
    if measured_at is None or (now - measured_at).total_seconds() <= UNMEASURED_SECONDS:
        return None
    return BehindStage(
        group="scheduler",
        level=Level.PERSON,
        what=f"no scheduler has measured the pipeline since {measured_at:%Y-%m-%d %H:%M:%S} UTC",
        cure="Check that Kafka is running, then start a scheduler, or restart one that hangs: until then no "
        "sync is started, and no incident opens.",
    )


def missing_consumers(recent: Iterable[PipelineStage], known: Mapping[str, str]) -> dict[str, str]:
    """Return the consumer groups that need a person, with the reasons.

    A group in `known` is returned if its last measurement is alarming. Any other group is returned only if
    its last two measurements are alarming, because a process that restarts may be missing in one. Without any
    measurement, `known` is returned.

    Args:
        recent: recent measurements, the newest first.
        known: the groups that the previous call returned, with the reasons.
    """
    measured: dict[str, list[PipelineStage]] = {}
    for stage in recent:
        measured.setdefault(stage.group, []).append(stage)
    if not measured:
        return dict(known)
    return {
        group: _what(stages[0])
        for group, stages in measured.items()
        if state_of(stages[0]) in ALARMING
        and (group in known or (len(stages) > 1 and state_of(stages[1]) in ALARMING))
    }


def _behind(stage: PipelineStage) -> BehindStage | None:
    state = state_of(stage)
    if state in {StageState.CURRENT, StageState.ABSENT}:
        return None
    return BehindStage(
        group=stage.group,
        level=Level.PERSON if state in ALARMING else Level.WAITING,
        what=f"{_what(stage)} (measured at {stage.measured_at:%H:%M:%S} UTC)",
        cure=f"Start a {stage.service}, or restart one that hangs; its log may show why."
        if state is StageState.UNCONSUMED
        else f"Restart a {stage.service} that hangs, or start more of them (docs/scale.md).",
    )


def _what(stage: PipelineStage) -> str:
    records = "1 record waits" if stage.waiting == 1 else f"{stage.waiting} records wait"
    if not stage.members:
        return f"no {stage.service} consumes {stage.topic}, and {records}"
    return f"the {stage.service} is {stage.lag_seconds or 0:.0f} s behind on {stage.topic}, and {records}"
