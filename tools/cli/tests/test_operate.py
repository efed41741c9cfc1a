"""The commands that act through the scheduler's API, against a stand-in that answers as it does."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from mailtide.__main__ import app
from mailtide.scheduler import pick
from mailtide.show import duration, progress_text, verdict
from mailtide_common.runtime.errors import PermanentError

TOKEN = "admin"
COUNTS = {"in_account": 1_500, "synced": 1_500, "missing": 0, "extra": 0, "differing": 0}
REPORT = {
    "account_id": "1",
    "email": "ann@example.com",
    "proven": True,
    "running": False,
    "finished_at": "2026-01-01T00:00:00Z",
    "totals": COUNTS,
    "folder_list": COUNTS | {"in_account": 12, "synced": 11, "missing": 1},
    "folders": [{"folder_id": "INBOX", "name": "Eingang"} | COUNTS],
    "passes": [{"clean": False}, {"clean": True}],
}
RUN = {
    "run_id": "r",
    "status": "finished",
    "success": True,
    "duration": 1_200,
    "total": 1,
    "successful": 1,
    "failed": 0,
    "skipped": 0,
    "pending": 0,
    "details": [
        {"email": "ann@example.com", "status": "success", "syncedCount": 3, "error": None, "progress": None}
    ],
}


def account(number: int, email: str | None, status: str = "active") -> dict[str, Any]:
    return {
        "id": str(number),
        "email": email,
        "grant_id": f"grant-{number}",
        "status": status,
        "last_sync_at": None,
        "last_sync_error": None,
        "held_deletions": 2,
        "held_folders": 5,
        "backfill": {"fraction": 0.25, "seconds_left": 300.0},
    }


class StandIn:
    """Answers like the scheduler, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {
            "GET /api/accounts": (200, {"accounts": [account(1, "ann@example.com")], "next_cursor": None}),
            "POST /api/accounts/1/pause": (200, {"status": "paused"}),
            "POST /api/accounts/1/resume": (409, {"detail": "the account is invalid"}),
            "DELETE /api/accounts/1": (202, {"status": "removed", "purge": True}),
            "POST /api/accounts/1/sync": (202, {"run_id": "r"}),
            "GET /api/runs": (200, {"runs": [{"run_id": "r"}]}),
            "GET /api/runs/r": (200, RUN),
            "GET /api/accounts/1/report": (200, REPORT),
            "POST /api/webhooks/rotate": (200, {"destination_id": "w"}),
        }

    def answer(self, method: str, path: str, token: str | None) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if token != f"Bearer {TOKEN}":
            return 401, {"detail": "a valid bearer token is required"}
        return self.answers.get(
            f"{method} {path.split('?', maxsplit=1)[0]}", (404, {"detail": "no such thing"})
        )


@pytest.fixture
def scheduler() -> Iterator[tuple[StandIn, str]]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            status, body = stand_in.answer(self.command, self.path, self.headers["authorization"])
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def call(url: str, *arguments: str, token: str = TOKEN, stdin: str | None = None) -> Result:
    environment = {"MAILTIDE_SCHEDULER_URL": url, "ADMIN_TOKEN": token}
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, input=stdin, env=environment)


async def test_accounts_are_listed_and_moved(scheduler: tuple[StandIn, str]) -> None:
    stand_in, url = scheduler
    table = (await call(url, "accounts", "list")).stdout
    assert "ann@example.com" in table
    assert re.search(r"25%, about 5 min left +7 ", table), "held messages and folders"
    listed = json.loads((await call(url, "accounts", "list", "--json")).stdout)
    assert [each["id"] for each in listed["accounts"]] == ["1"]
    assert (await call(url, "accounts", "pause", "Ann@example.com")).stdout == "Ann@example.com is paused\n"
    refused = await call(url, "accounts", "resume", "grant-1")
    assert refused.exit_code == 1
    assert refused.stderr == "mailtide: the scheduler refuses (409): the account is invalid\n"
    assert "POST /api/accounts/1/pause" in stand_in.asked


async def test_a_purge_is_asked_about(scheduler: tuple[StandIn, str]) -> None:
    stand_in, url = scheduler
    assert (await call(url, "accounts", "remove", "1", "--purge", stdin="n\n")).exit_code == 1
    assert not any(asked.startswith("DELETE") for asked in stand_in.asked)
    done = await call(url, "accounts", "remove", "1", "--purge", "--yes")
    assert done.stdout == "1 is removed, and will be purged\n"
    assert stand_in.asked[-1] == "DELETE /api/accounts/1?purge=true"


async def test_one_user_of_a_mailbox_is_removed(scheduler: tuple[StandIn, str]) -> None:
    stand_in, url = scheduler
    stand_in.answers["DELETE /api/accounts/1"] = (200, {"status": "active", "purge": False})
    kept = await call(url, "accounts", "remove", "1", "--user", "u 2")
    assert kept.stdout == "1 is active\n"
    assert stand_in.asked[-1] == "DELETE /api/accounts/1?purge=false&user_id=u+2"


async def test_a_sync_is_waited_for(scheduler: tuple[StandIn, str]) -> None:
    stand_in, url = scheduler
    for arguments in (("sync",), ("sync", "1", "--mode", "audit"), ("runs", "show"), ("runs", "show", "r")):
        result = await call(url, *arguments)
        assert result.exit_code == 0
        assert "1 successful, 0 failed" in result.stdout
    stand_in.answers["GET /api/runs/r"] = (200, RUN | {"success": False, "failed": 1})
    assert (await call(url, "sync", "--json")).exit_code == 1


async def test_a_report_shows_folders_and_whether_it_proves(scheduler: tuple[StandIn, str]) -> None:
    stand_in, url = scheduler
    result = await call(url, "report", "1")
    assert "Eingang" in result.stdout
    assert "1,500" in result.stdout
    assert "proven complete" in result.stdout
    assert re.search(r"list of folders +12 +11 +1 +0 +0", result.stdout)
    stand_in.answers["GET /api/accounts/1/report"] = (200, REPORT | {"proven": False})
    again = await call(url, "report", "1", "--json")
    assert (again.exit_code, json.loads(again.stdout)["proven"]) == (1, False)


async def test_a_secret_is_rotated(scheduler: tuple[StandIn, str]) -> None:
    _, url = scheduler
    assert "destination w" in (await call(url, "webhooks", "rotate-secret")).stdout


async def test_errors_are_one_line(scheduler: tuple[StandIn, str]) -> None:
    _, url = scheduler
    for result, code in (
        (await call(url, "accounts", "list", token="wrong"), 1),
        (await call(url, "report", "nobody"), 1),
        (await call("http://127.0.0.1:1", "accounts", "list"), 1),
        (await call(url, "accounts", "list", token=""), 2),
    ):
        assert result.exit_code == code
        assert result.stderr.count("\n") == 1
        assert result.stderr.startswith("mailtide")


def test_an_account_is_meant_by_its_id_address_or_grant() -> None:
    accounts = [account(1, "ann@example.com", "removed"), account(2, "Ann@example.com"), account(3, None)]
    assert pick(accounts, "ann@EXAMPLE.com") == "2"
    assert pick(accounts, "1") == "1"
    assert pick(accounts, "grant-3") == "3"
    with pytest.raises(PermanentError, match="no accounts"):
        pick(accounts, "bob")
    with pytest.raises(PermanentError, match="2 accounts"):
        pick([account(1, "a@b"), account(2, "a@b")], "a@b")


@given(st.floats(0, 1e7))
def test_durations_have_a_unit(seconds: float) -> None:
    assert duration(seconds).split(" ")[1] in {"s", "min", "h", "d"}


def test_words_for_what_is_not_known() -> None:
    assert progress_text(None) == ""
    assert progress_text({"fraction": 0.5, "seconds_left": None}) == "50%"
    assert verdict(REPORT | {"finished_at": None}) == "never audited"
    empty = {"proven": False, "totals": dict.fromkeys(COUNTS, 0)}
    assert "NOT proven complete: an empty listing proves nothing yet, " in verdict(REPORT | empty)
    assert verdict(REPORT | {"finished_at": None, "running": True}) == "an audit is running"
