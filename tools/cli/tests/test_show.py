"""Which account is meant, and the words for what is reported; `tests/e2e/test_operator.py` runs the commands."""

import re
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide.scheduler import pick
from mailtide.show import (
    account_note,
    duration,
    print_accounts,
    print_held,
    print_table,
    progress_text,
    verdict,
)
from mailtide_common.contracts.api.accounts import AccountDetails, BackfillProgress, HeldDeletionPage
from mailtide_common.contracts.api.audits import AuditPass, AuditReport, Counts
from mailtide_common.contracts.api.runs import Progress
from mailtide_common.contracts.events import AccountStatus, Compared
from mailtide_common.contracts.health.conditions import HEALTH_COLUMNS, account_health
from mailtide_common.runtime.errors import PermanentError

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
BACKFILLING = dict.fromkeys(HEALTH_COLUMNS) | {"condition": "backfilling"}
COUNTS = Counts(in_account=1_500, synced=1_500)
PASS = AuditPass(
    number=2,
    repair=False,
    started_at=BEGAN,
    finished_at=BEGAN,
    clean=True,
    proves=(Compared.IDS,),
    folder_list=None,
    contents_compared=0,
    totals=COUNTS,
    folders=(),
)
REPORT = AuditReport(
    account_id=UUID(int=1),
    email="ann@example.com",
    audit_id=UUID(int=2),
    proven=True,
    proves=(Compared.IDS,),
    proven_at=None,
    contents_compared=0,
    running=False,
    started_at=BEGAN,
    finished_at=BEGAN,
    folder_list=None,
    totals=COUNTS,
    folders=(),
    passes=(PASS,),
)


def account(number: int, email: str | None, status: AccountStatus = AccountStatus.ACTIVE) -> AccountDetails:
    unknown: dict[str, Any] = dict.fromkeys(AccountDetails.model_fields)
    return AccountDetails.model_validate(
        unknown
        | {
            "id": UUID(int=number),
            "users": (),
            "email": email,
            "grant_id": f"grant-{number}",
            "status": status,
            "failures": 0,
            "open_tasks": 0,
            "syncing": False,
            "held_deletions": 2,
            "held_folders": 5,
            "health": account_health(BACKFILLING, account=f"grant-{number}"),
            "backfill": BackfillProgress(
                running=True, listed_down_to=0, fraction=0.25, seconds_left=300.0, synced=1
            ),
        }
    )


def test_held_deletions_are_summed_up_by_folder_and_period(capsys: pytest.CaptureFixture[str]) -> None:
    folders = [
        {"folder_id": "f1", "name": "Inbox", "messages": 2},
        {"folder_id": "f2", "name": None, "messages": 1},
    ]
    message = {"message_id": "m" * 99, "held_at": BEGAN, "received_at": BEGAN, "folders": ["f1", "f2"]}
    page = {
        "total": 2,
        "summary": {"stored": 120, "received_from": BEGAN, "received_to": BEGAN, "folders": folders},
        "held_deletions": [message],
        "held_folders": [],
        "next_cursor": None,
    }
    print_held(HeldDeletionPage.model_validate(page))
    head, *_, row, more = (line for line in capsys.readouterr().out.splitlines() if line.strip())
    assert head == "2 of 120 messages and 0 folders wait for a decision"
    assert row.split()[-3:] == ["Inbox,", "f2", "m" * 99]
    assert more == "further messages: 1"


def test_a_removed_account_is_meant_only_without_another() -> None:
    removed = account(1, "ann@example.com", AccountStatus.REMOVED)
    assert pick([removed, account(2, "Ann@example.com")], "ann@example.com").id == UUID(int=2)
    assert pick([removed], "ann@example.com").id == UUID(int=1)
    with pytest.raises(PermanentError, match="no account has the id"):
        pick([], "bob")
    with pytest.raises(PermanentError, match="2 accounts"):
        pick([account(1, "a@b"), account(2, "a@b")], "a@b")


def test_a_line_shows_how_far_a_backfill_is_and_all_that_is_held(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    print_accounts([account(1, "ann@example.com")])
    assert re.search(r"25%, about 5 min left +7 ", capsys.readouterr().out)


def test_a_problem_is_shown_rather_than_the_progress_of_a_backfill_that_it_stops() -> None:
    health = account_health(BACKFILLING | {"condition": "grant-invalid"}, account="ann@example.com")
    stopped = account(1, "ann@example.com").model_copy(update={"health": health})
    assert account_note(stopped).startswith("The grant has been invalid")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_ids_can_be_copied_from_narrow_terminals_and_pipes(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    out = Terminal() if terminal else StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    accounts = [account(1, "ann.with.a.long.name@example.com"), account(2, None)]
    print_accounts(accounts)
    lines = out.getvalue().splitlines()
    for each in accounts:
        (line,) = (line for line in lines if str(each.id) in line)
        assert (each.email or each.grant_id) in line
    assert ("last sync" in out.getvalue()) is not terminal


@given(st.integers(1, 200), st.lists(st.text("ab -", max_size=60), max_size=4))
def test_columns_that_are_whole_are_never_folded(width: int, texts: list[str]) -> None:
    out = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        patch.setenv("COLUMNS", str(width))
        rows = [(str(UUID(int=number)), text, number) for number, text in enumerate(texts)]
        print_table(("id", "text", "number"), rows, ("number",), whole=("id",), optional=("number",))
    for id_, *_ in rows:
        assert id_ in out.getvalue()


def test_what_looks_like_the_code_of_an_emoji_is_printed_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(["id"], [["a:id:b"]])
    assert "a:id:b" in capsys.readouterr().out


@given(st.floats(0, 1e7))
def test_durations_have_a_unit(seconds: float) -> None:
    assert duration(seconds).split(" ")[1] in {"s", "min", "h", "d"}


def test_words_for_what_is_not_known() -> None:
    assert progress_text(None) == ""
    half = Progress(running=True, listed_down_to=0, fraction=0.5, seconds_left=None)
    assert progress_text(half) == "50%"
    never = REPORT.model_copy(update={"finished_at": None})
    assert verdict(never) == "never audited"
    assert verdict(never.model_copy(update={"running": True})) == "an audit is running"


def test_a_verdict_says_what_was_compared_and_whether_it_proves() -> None:
    assert verdict(REPORT) == "proven complete by ids, audited 2026-01-01T00:00:00Z in 1 pass"
    missing = {"proven": False, "totals": COUNTS, "passes": (PASS.model_copy(update={"clean": False}),)}
    assert verdict(REPORT.model_copy(update=missing)).startswith("NOT proven complete by ids, audited ")
    empty = {"proven": False, "totals": Counts()}
    assert "NOT proven complete: an empty listing proves nothing yet by" in verdict(
        REPORT.model_copy(update=empty)
    )
