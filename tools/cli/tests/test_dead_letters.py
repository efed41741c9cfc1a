"""Which dead letters `mailtide dead-letters redrive` sends."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from mailtide.__main__ import app
from mailtide.scheduler import Scheduler
from mailtide_common.contracts.api.dead_letters import (
    DeadLetter,
    DeadLetterCauses,
    DeadLetterPage,
    RedriveResult,
)

IDS = [UUID(int=number) for number in range(250)]
"""More than one request has, the oldest first."""


def a_letter(id_: UUID) -> DeadLetter:
    return DeadLetter(
        id=id_,
        topic="mail.messages.v1",
        partition=0,
        offset=id_.int,
        group="g",
        error_class="refused",
        error_message="m",
        attempts=1,
        size=1,
        parked_at=datetime.now(UTC),
        redriven_at=None,
        discarded_at=None,
        discard_note=None,
    )


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (tuple(map(str, IDS)), IDS),
        (("--error-class", "refused"), IDS),
        (("--error-class", "refused", "--limit", "150"), IDS[:150]),
    ],
)
def test_all_given_ids_are_sent_and_of_a_class_the_oldest(
    monkeypatch: pytest.MonkeyPatch, chosen: tuple[str, ...], expected: list[UUID]
) -> None:
    sent: list[UUID] = []

    async def answer(_scheduler: Scheduler, *arguments: Any, **_options: Any) -> Any:
        _kind, method, path, *body = arguments
        if method == "POST":
            sent.extend(body[0].ids)
            return RedriveResult(redriven=len(body[0].ids), refused=())
        if path.endswith("/causes"):
            return DeadLetterCauses(causes=())
        return DeadLetterPage(dead_letters=tuple(map(a_letter, reversed(IDS))), next_cursor=None)

    monkeypatch.setattr(Scheduler, "call", answer)
    result = CliRunner().invoke(app, ["dead-letters", "redrive", *chosen], env={"ADMIN_TOKEN": "t"})
    assert (result.exit_code, result.stdout) == (0, f"sent again: {len(expected)}, refused: 0\n")
    assert sent == expected
