"""The verdict over all stages."""

from datetime import UTC, datetime

from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.topics import FOLDERS, MESSAGES, SYNC_EVENTS, Topic
from mailtide_console.pipeline.verdict import verdict


def stage(service: str, topic: Topic, members: int) -> PipelineStage:
    return PipelineStage(
        group=f"{service}.{topic.name}",
        topic=topic.name,
        measured_at=datetime.now(UTC),
        members=members,
        waiting=0,
        oldest_at=None,
        lag_seconds=None,
        processed_per_second=None,
        written_per_second=None,
    )


def test_a_service_that_consumes_its_other_topics_is_not_called_absent() -> None:
    stages = [stage("persister", MESSAGES, 1), stage("persister", FOLDERS, 0)]
    assert verdict(stages).text == "No persister consumes mail.folders.v1"
    absent = [*stages, stage("notifier", MESSAGES, 0), stage("notifier", SYNC_EVENTS, 0)]
    assert verdict(absent).text == "No notifier is running and no persister consumes mail.folders.v1"
