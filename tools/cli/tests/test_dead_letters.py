"""Which dead letters `mailtide dead-letters redrive` sends."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from mailtide.__main__ import app
from mailtide.scheduler import Scheduler
from mailtide.show import print_dead_letters
from mailtide_common.contracts.api.dead_letters import (
    DeadLetter,
    DeadLetterCauses,
    DeadLetterContent,
    DeadLetterDetails,
    DeadLetterPage,
    DiscardResult,
    RedriveResult,
)
from mailtide_common.runtime.errors import TransientError

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


@pytest.mark.parametrize(
    ("command", "printed", "why"),
    [
        (("redrive",), "sent again: 1, refused: 0\n", "not stored"),
        (
            ("discard", "--note", "known"),
            "discarded: 1\n",
            "not stored, or sent again or discarded before",
        ),
    ],
)
def test_ids_that_were_left_out_are_counted(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], printed: str, why: str
) -> None:
    async def answer(_scheduler: Scheduler, kind: type[Any], *_arguments: Any) -> Any:
        return kind(redriven=1, refused=()) if kind is RedriveResult else DiscardResult(discarded=1)

    monkeypatch.setattr(Scheduler, "call", answer)
    arguments = ["dead-letters", *command, *map(str, (*IDS[:3], IDS[0]))]
    result = CliRunner().invoke(app, arguments, env={"ADMIN_TOKEN": "t"})
    assert (result.exit_code, result.stdout) == (0, printed)
    assert result.stderr == f"left out: 2 of the ids ({why}); see `mailtide dead-letters list`\n"


def test_content_that_is_cut_is_named_and_controls_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(*_arguments: Any, **_options: Any) -> DeadLetterDetails:
        content = DeadLetterContent(hex="47 72", text="\x1b[2JGr\u00fc\r\n\t\rx", complete=False)
        return DeadLetterDetails(**dict(a_letter(IDS[0])), key=None, headers=(), redrives=0, content=content)

    monkeypatch.setattr(Scheduler, "call", answer)
    arguments = ["dead-letters", "show", str(IDS[0]), "--content"]
    result = CliRunner().invoke(app, arguments, env={"ADMIN_TOKEN": "t"})
    assert "\n\\x1b[2JGr\u00fc\r\n\t\\x0dx\n" in result.stdout_bytes.decode()
    assert result.stderr == "the content is longer: only its first bytes are shown\n"


def test_a_list_tells_decided_letters_from_those_that_wait(capsys: pytest.CaptureFixture[str]) -> None:
    waiting, sent, discarded = (a_letter(id_) for id_ in IDS[:3])
    at = datetime(2026, 11, 28, tzinfo=UTC)
    print_dead_letters(
        [
            waiting,
            sent.model_copy(update={"redriven_at": at, "discarded_at": at}),
            discarded.model_copy(update={"discarded_at": at}),
        ]
    )
    _, *rows = (line for line in capsys.readouterr().out.splitlines() if "refused" in line or "class" in line)
    assert [" ".join(row.split()[4:-1]) for row in rows] == [
        "-",
        "sent again 2026-11-28T00:00:00Z",
        "discarded 2026-11-28T00:00:00Z",
    ]


@pytest.mark.parametrize(
    ("command", "counts"),
    [(("redrive",), "sent again: 200, refused: 0"), (("discard", "--note", "known"), "discarded: 200")],
)
def test_an_error_does_not_hide_what_was_done_before_it(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], counts: str
) -> None:
    async def answer(_scheduler: Scheduler, kind: type[Any], *arguments: Any) -> Any:
        if (ids := arguments[2].ids)[-1] == IDS[-1]:
            raise TransientError("no scheduler answers")
        return (
            kind(redriven=len(ids), refused=())
            if kind is RedriveResult
            else DiscardResult(discarded=len(ids))
        )

    monkeypatch.setattr(Scheduler, "call", answer)
    arguments = ["dead-letters", *command, *map(str, IDS)]
    result = CliRunner().invoke(app, arguments, env={"ADMIN_TOKEN": "t"})
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == f"before the error: {counts}\nmailtide: no scheduler answers\n"
