"""The whole service on real Kafka and Postgres, killed while it is working."""

import json
from pathlib import Path

import pytest

from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_devkit.local.backends import KafkaServer
from mailtide_harness.drills.notifier_kills import drill
from mailtide_notifier import limits

KILLS = 2
PARTITIONS = 12


@pytest.mark.fault
async def test_kill_9_repeats_no_notice_but_under_its_id(
    kafka: KafkaServer, database_url: str, tmp_path: Path
) -> None:
    """INV-37."""
    await ensure_topics(Brokers.plain(kafka.bootstrap_servers), PARTITIONS)
    log = tmp_path / "notifier.log"
    figures = await drill(
        kafka.bootstrap_servers, database_url, log, incidents=50, messages=50, kills=KILLS, shares=2
    )
    assert figures.wanted == 105
    assert (figures.webhook_notices, figures.webhook_twice) == (105, 0), figures
    assert figures.webhook_ids == figures.mail_ids, figures
    repeated = figures.webhook_requests - figures.webhook_ids + figures.mails - figures.mail_ids
    assert repeated <= KILLS * limits.SENDERS, figures
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [
        line for line in lines if line["level"] == "error" and line["logger"].startswith("mailtide")
    ] == []
