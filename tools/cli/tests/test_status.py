"""What `mailtide status` prints."""

from datetime import UTC, datetime

import pytest

from mailtide.mailboxes.sync import not_stored
from mailtide.status import print_status
from mailtide_common.contracts.api.status import OpenIncident, Status
from mailtide_common.contracts.api.webhooks import DestinationState
from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.conditions import Level
from mailtide_common.contracts.health.stages import BehindStage

NOW = datetime(2026, 11, 28, 17, tzinfo=UTC)


def test_a_stage_with_an_open_incident_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    dead, slow = (
        BehindStage(group=group, level=Level.PERSON, what=f"{group} waits", cure="restart it")
        for group in ("dead", "slow")
    )
    incident = OpenIncident(
        kind=AlertKind.CONSUMER_MISSING,
        name=dead.group,
        account_id=None,
        reason=dead.what,
        opened_at=NOW,
        cure="start it",
        command="mailtide doctor",
    )
    print_status(
        Status(
            fine=False,
            verdict="not in sync",
            at=NOW,
            total=1,
            current=1,
            waiting=0,
            person=0,
            conditions=(),
            troubled=(),
            incidents=(incident,),
            stages=(dead, slow),
            dead_letters=(),
            webhook=DestinationState(managed=True, url="https://mail.test", destination_id=None, error=None),
            oldest_task=None,
        )
    )
    printed = capsys.readouterr().out
    assert printed.count("dead waits") == 1
    assert printed.count("slow waits") == 1


def test_a_sync_whose_mail_the_persister_has_not_stored_is_not_only_a_success() -> None:
    stages = [
        BehindStage(group=f"{service}.{topic}.v1", level=Level.PERSON, what=f"no {service}", cure="Start it.")
        for service, topic in (
            ("persister", "mail.messages"),
            ("persister", "mail.dead-letters"),
            ("notifier", "mail.messages"),
        )
    ]
    assert not_stored(stages) == ["not all synced mail is stored yet: no persister. Start it."]
