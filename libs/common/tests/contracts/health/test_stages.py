"""One rule judges the stages of the pipeline, for the console, the doctor, the status and incidents."""

from datetime import UTC, datetime, timedelta

import pytest

from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.health.conditions import Level
from mailtide_common.contracts.health.stages import (
    LATE_SECONDS,
    SLOW_SECONDS,
    StageState,
    behind,
    missing_consumers,
    missing_scheduler,
    state_of,
)
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, MESSAGES


def measured(
    members: int, waiting: int = 0, lag: float | None = None, topic: str = MESSAGES.name
) -> PipelineStage:
    return PipelineStage(
        group=f"persister.{topic}",
        topic=topic,
        measured_at=datetime.now(UTC),
        members=members,
        waiting=waiting,
        oldest_at=None,
        lag_seconds=lag,
        processed_per_second=None,
        written_per_second=None,
    )


GROUP = measured(0).group
FINE, DEAD, LATE = measured(1), measured(0, 2, 5.0), measured(1, 9, LATE_SECONDS + 1)


@pytest.mark.parametrize(
    ("stage", "state", "level"),
    [
        (FINE, StageState.CURRENT, None),
        (measured(1, 5, SLOW_SECONDS), StageState.CURRENT, None),
        (measured(1, 5, LATE_SECONDS), StageState.SLOW, Level.WAITING),
        (LATE, StageState.LATE, Level.PERSON),
        (measured(1, 5, LATE_SECONDS + 1, BACKFILL_REQUESTS.name), StageState.CURRENT, None),
        (measured(0), StageState.ABSENT, None),
        (DEAD, StageState.UNCONSUMED, Level.PERSON),
        (measured(0, 1, 5.0, BACKFILL_REQUESTS.name), StageState.UNCONSUMED, Level.PERSON),
    ],
)
def test_a_stage_is_judged_by_its_members_and_its_oldest_record(
    stage: PipelineStage, state: StageState, level: Level | None
) -> None:
    assert state_of(stage) is state
    assert [each.level for each in behind([stage])] == ([] if level is None else [level])


@pytest.mark.parametrize(
    ("recent", "known", "found"),
    [
        ([DEAD, DEAD], False, True),
        ([LATE, DEAD], False, True),
        ([DEAD], False, False),
        ([DEAD, FINE, DEAD], False, False),
        ([FINE, DEAD, DEAD], False, False),
        ([measured(0), measured(0)], False, False),
        ([DEAD, FINE], True, True),
        ([DEAD], True, True),
        ([], True, True),
        ([], False, False),
        ([FINE, DEAD, DEAD], True, False),
        ([measured(1, topic="another")], True, False),
    ],
)
def test_a_consumer_is_missing_after_two_measurements_until_one_shows_it(
    recent: list[PipelineStage], known: bool, found: bool
) -> None:
    """Without measurements nothing is known; a group that is measured no more is gone."""
    missing = missing_consumers(recent, {GROUP: "before"} if known else {})
    assert list(missing) == ([GROUP] if found else [])


@pytest.mark.parametrize(("age", "missing"), [(None, False), (179, False), (181, True), (86_400, True)])
def test_a_scheduler_is_missing_if_it_measured_nothing_for_three_minutes(
    age: int | None, missing: bool
) -> None:
    now = datetime(2026, 11, 28, 17, tzinfo=UTC)
    found = missing_scheduler(None if age is None else now - timedelta(seconds=age), now)
    assert (found is not None) is missing
    assert found is None or (found.level is Level.PERSON and "no scheduler" in found.what)
