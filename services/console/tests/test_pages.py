"""The pages on many accounts in every condition: what they show, their paging, and what they have the scheduler do."""

import json
import re
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.postgres import create_pool
from mailtide_console import limits
from mailtide_console.database import snapshot
from mailtide_devkit.local.backends import PostgresServer
from mailtide_harness.console import ADMIN_TOKEN, Browser, a_browser, a_console
from mailtide_harness.console_seed import seed

pytestmark = pytest.mark.real

ACCOUNTS = 230

FROM_API = {"/dead-letters", "/notifications", "/doctor"}
"""Pages that show what the scheduler answers; here its answers fit actions only."""

RUN = uuid4()


class Api(httpx.AsyncBaseTransport):
    """A scheduler's API that keeps what it is asked for. Its answers have the shapes of the real one's."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, object]] = []
        self.headers: list[httpx.Headers] = []
        self.refusal: tuple[int, str] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(await request.aread() or b"null")
        self.calls.append((request.method, request.url.raw_path.decode(), body))
        self.headers.append(request.headers)
        if self.refusal is not None:
            status, detail = self.refusal
            return httpx.Response(status, json={"detail": detail})
        answer = {"run_id": str(RUN), "status": "paused", "purge": True, "approved": 60, "discarded": 60}
        return httpx.Response(202, json=answer)


@pytest.fixture(scope="module")
def api() -> Api:
    return Api()


@pytest.fixture(autouse=True)
def quiet_api(api: Api) -> None:
    api.calls.clear()
    api.headers.clear()
    api.refusal = None


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pool(postgres: PostgresServer, migrated_template: str) -> AsyncIterator[asyncpg.Pool]:
    """One database for all tests here: the pages only read it."""
    url = await postgres.create_database("console_pages", migrated_template)
    await seed(url, accounts=ACCOUNTS, messages=500)
    async with await create_pool(url, max_size=4, application_name="test") as pool:
        yield pool
    await postgres.drop_database("console_pages")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def console(pool: asyncpg.Pool, api: Api) -> AsyncIterator[FastAPI]:
    async with a_console(pool, api) as app:
        yield app


@pytest_asyncio.fixture(loop_scope="session")
async def browser(console: FastAPI) -> AsyncIterator[Browser]:
    async with a_browser(console) as browser:
        await browser.log_in()
        yield browser


async def account(pool: asyncpg.Pool, number: int) -> UUID:
    return UUID(
        str(await pool.fetchval("SELECT id FROM email_accounts WHERE nylas_grant_id = $1", f"grant-{number}"))
    )


async def test_every_page_of_the_navigation_opens_and_names_itself(browser: Browser) -> None:
    home = (await browser.get("/")).text
    paths = re.findall(r'<li><a href="([^"]+)"', home)
    assert len(paths) > 3
    for path in paths:
        answer = await browser.get(path)
        assert answer.status_code == (503 if path in FROM_API else 200), path
        assert f'href="{path}" aria-current="page"' in answer.text
        assert "<h1>" in answer.text


async def test_the_overview_names_a_scheduler_that_measures_nothing(
    browser: Browser, pool: asyncpg.Pool
) -> None:
    await pool.execute(
        "INSERT INTO pipeline_minutes SELECT at, 'persister', 'mail.messages.v1', at, 1, 5, 5, 0, NULL"
        " FROM (SELECT now() - interval '1 hour') AS t (at)"
    )
    assert re.search(
        r"<h1>No scheduler has measured the pipeline since [\d :-]+ UTC.</h1>", (await browser.get("/")).text
    )
    await pool.execute("DELETE FROM pipeline_minutes")
    assert "No scheduler" not in (await browser.get("/")).text


async def test_the_overview_names_who_since_when_why_and_what_now(browser: Browser) -> None:
    text = (await browser.get("/")).text
    assert re.search(r"<h1>\d+ of \d+ mailboxes current; 8 need a person; ", text)
    for shown in (
        "grant invalid",
        "deletions held",
        "60 messages wait for your decision",
        "throttled",
        "and 1 more",
    ):
        assert shown in text, shown
    assert re.search(r'aria-label="5\u201315 min"></progress></td><td class="number">[1-9]', text)


@pytest.mark.parametrize("sort", ["behind", "address"])
async def test_paging_shows_every_account_once(browser: Browser, sort: str) -> None:
    path, seen = f"/accounts?sort={sort}", list[str]()
    for _ in range(ACCOUNTS // limits.ACCOUNTS_PAGE + 1):
        text = (await browser.get(path)).text
        seen += re.findall(r'name="account" value="([^"]+)"', text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == ACCOUNTS


async def test_accounts_are_searched_and_filtered(browser: Browser) -> None:
    assert (await browser.get("/accounts?q=PERSON12%40")).text.count("data-choose ") == 1
    assert "No account matches" in (await browser.get("/accounts?q=100%25")).text
    assert (await browser.get("/accounts?q=person7@&state=fine")).text.count("data-choose ") == 0
    for state, count in (
        ("grant-invalid", 3),
        ("paused", 3),
        ("person", 8),
        ("nonsense", limits.ACCOUNTS_PAGE),
    ):
        assert (await browser.get(f"/accounts?state={state}")).text.count("data-choose ") == count, state
    for odd in ("after=x", "after=%00~", "sort=address&after=9~", "q=%00", "sort=x", f"q={'x' * 5000}"):
        assert (await browser.get(f"/accounts?{odd}")).status_code in {200, 422}, odd


@pytest.mark.parametrize(
    ("sort", "order"),
    [("behind", "coalesce(s.watermark, 0), s.grant_id"), ("address", "a.email_address, a.id")],
)
@pytest.mark.parametrize("text", ["", "person22@", "00@", "PERSON1", "org"])
async def test_a_search_lists_in_order_whether_it_finds_few_or_many(
    browser: Browser, pool: asyncpg.Pool, sort: str, order: str, text: str
) -> None:
    shown = (await browser.get(f"/accounts?q={text}&sort={sort}")).text
    expected = await pool.fetch(
        "SELECT a.id FROM email_accounts a JOIN account_schedules s ON s.grant_id = a.nylas_grant_id"  # noqa: S608 - constants
        f" WHERE a.email_address ILIKE '%' || $1 || '%' ORDER BY {order} LIMIT $2",
        text,
        limits.ACCOUNTS_PAGE,
    )
    assert re.findall(r'name="account" value="([^"]+)"', shown) == [str(row["id"]) for row in expected]


async def test_an_account_shows_cause_cure_and_what_happened(browser: Browser, pool: asyncpg.Pool) -> None:
    failing = (await browser.get(f"/accounts/{await account(pool, 23)}")).text
    for shown in (
        "Syncs fail",
        "request_id req-23-1",
        "back-off after 4 failed syncs",
        "Archive",
        "Sync failed",
    ):
        assert shown in failing, shown
    held = (await browser.get(f"/accounts/{await account(pool, 31)}")).text
    assert "60 messages" in held
    assert "Approve all" in held
    backfill = (await browser.get(f"/accounts/{await account(pool, 17)}")).text
    assert re.search(r"<strong>40 %</strong>, 41,250 messages so far, about 18 min left", backfill)
    dead = (await browser.get(f"/accounts/{await account(pool, 7)}")).text
    assert re.search('href="/connect/link[^"]*">Connect again', dead)
    throttled = (await browser.get(f"/accounts/{await account(pool, 29)}")).text
    assert "calls for this account are suspended until then" in throttled
    assert (await browser.get(f"/accounts/{uuid4()}")).status_code == 404
    assert (await browser.get("/accounts/nonsense")).status_code == 422


async def test_actions_are_the_scheduler_s_and_name_the_operator(
    browser: Browser, pool: asyncpg.Pool, api: Api
) -> None:
    one = await account(pool, 1)
    path, sent = f"/accounts/{one}", f"/api/accounts/{one}"
    for action, fields, call in (
        ("sync", {"mode": "full"}, ("POST", f"{sent}/sync", {"mode": "full"})),
        ("pause", {}, ("POST", f"{sent}/pause", None)),
        ("resume", {}, ("POST", f"{sent}/resume", None)),
        ("held/approve", {}, ("POST", f"{sent}/held-deletions/approve", None)),
        ("held/discard", {}, ("POST", f"{sent}/held-deletions/discard", None)),
        ("remove", {}, ("DELETE", sent, None)),
        ("purge", {"confirmation": "person1@example.org"}, ("DELETE", f"{sent}?purge=true", None)),
    ):
        answer = await browser.send(f"{path}/{action}", **fields)
        assert answer.status_code == 303, (action, answer.text)
        assert api.calls[-1] == call
    assert {each[OPERATOR_HEADER] for each in api.headers} == {"Ada%20%C3%93perator"}
    assert {each["authorization"] for each in api.headers} == {f"Bearer {ADMIN_TOKEN}"}
    assert (await browser.send("/sync-all")).headers["location"] == f"/runs/{RUN}"
    assert 'role="status">All active accounts' in (await browser.get("/")).text
    assert 'role="status">All active accounts' not in (await browser.get("/")).text


async def test_a_purge_needs_the_typed_address(browser: Browser, pool: asyncpg.Pool, api: Api) -> None:
    path = f"/accounts/{await account(pool, 1)}/purge"
    for typed in ("", "person1", "PERSON1@EXAMPLE.ORG", "person2@mail.test"):
        assert (await browser.send(path, confirmation=typed)).status_code == 409
    assert api.calls == []


async def test_bulk_actions_say_what_was_refused(browser: Browser, pool: asyncpg.Pool, api: Api) -> None:
    chosen = [str(await account(pool, number)) for number in (1, 2, 3)]
    await browser.send("/accounts/bulk", action="sync", account=chosen, next="/accounts?state=fine")
    assert sorted(path for _, path, _ in api.calls) == sorted(f"/api/accounts/{each}/sync" for each in chosen)
    assert "3 accounts are being synced." in (await browser.get("/accounts")).text
    api.refusal = (409, "it is removed")
    await browser.send("/accounts/bulk", action="pause", account=chosen)
    assert "3 accounts failed: it is removed." in (await browser.get("/accounts")).text
    await browser.send("/accounts/bulk", action="pause")
    assert "No account was chosen." in (await browser.get("/accounts")).text


@pytest.mark.parametrize(
    ("refusal", "status", "said"),
    [
        ((409, "it is paused"), 409, "it is paused"),
        ((404, "no such account"), 404, "no such account"),
        ((401, "a token"), 503, "refuses ADMIN_TOKEN"),
        ((503, "not now"), 503, "cannot answer now"),
    ],
)
async def test_a_refusal_is_shown_in_words(
    browser: Browser, api: Api, refusal: tuple[int, str], status: int, said: str
) -> None:
    api.refusal = refusal
    answer = await browser.send("/sync-all")
    assert answer.status_code == status
    assert said in answer.text


async def test_runs_are_listed_and_one_is_shown_by_outcome(browser: Browser) -> None:
    listed = (await browser.get("/runs")).text
    runs = re.findall(r'<a href="/runs/([0-9a-f-]{36})"', listed)
    assert len(runs) == limits.RUNS_PAGE
    following = re.search(r'href="([^"]+)" rel="next"', listed)
    assert following is not None
    older = re.findall(r'<a href="/runs/([0-9a-f-]{36})"', (await browser.get(following[1])).text)
    assert older
    assert not set(runs) & set(older)
    failed = (await browser.get(f"/runs/{runs[0]}?outcome=failed")).text
    assert failed.count("chip bad") == failed.count("Nylas answers 503") == 3
    assert (await browser.get(f"/runs/{uuid4()}")).status_code == 404


async def test_a_run_is_live_until_it_ends(browser: Browser, pool: asyncpg.Pool) -> None:
    run = await pool.fetchval(
        "UPDATE sync_runs SET status = 'running', finished_at = NULL, total = NULL"
        " WHERE id = (SELECT id FROM sync_runs LIMIT 1) RETURNING id"
    )
    assert f'sse-connect="/runs/{run}/events"' in (await browser.get(f"/runs/{run}")).text
    await pool.execute("UPDATE sync_runs SET status = 'finished', finished_at = now() WHERE id = $1", run)
    stream = await browser.get(f"/runs/{run}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert re.findall(r"^event: (\w+)", stream.text, re.MULTILINE) == ["run", "end"]


async def test_a_failed_attempt_does_not_hide_the_progress_after_it(
    browser: Browser, pool: asyncpg.Pool
) -> None:
    run = uuid4()
    await pool.execute(
        "INSERT INTO sync_runs (id, kind, status, started_at) VALUES ($1, 'manual', 'running', now())", run
    )
    await pool.execute(
        "INSERT INTO sync_run_accounts (run_id, account_id, grant_id, status, task_id, error)"
        " SELECT $1, a.id, t.grant_id, 'pending', t.task_id, 'Nylas answered 503' FROM sync_tasks AS t"
        " JOIN email_accounts AS a ON a.nylas_grant_id = t.grant_id WHERE t.grant_id = 'grant-17'"
        " AND t.kind = 'backfill' AND t.state <> 'done'",
        run,
    )
    page = (await browser.get(f"/runs/{run}")).text
    await pool.execute("DELETE FROM sync_runs WHERE id = $1", run)
    assert "Nylas answered 503" in page
    assert "40 %, about" in page


async def test_the_operators_log_shows_who_changed_what(browser: Browser, pool: asyncpg.Pool) -> None:
    one = await account(pool, 1)
    await pool.executemany(
        "INSERT INTO operator_actions VALUES ($1, now(), $2, $3, $4, $5, $6, $7)",
        [
            (uuid4(), "Zoë", "pause", one, {}, 200, None),
            (uuid4(), None, "redrive", None, {"ids": ["a", "b"]}, 409, "<b>refused</b>"),
            (uuid4(), "Zoë", "sync", one, {"mode": "full"}, None, None),
        ],
    )
    text = (await browser.get("/operators")).text
    for shown in (
        "Zoë",
        "person1@example.org",
        "mode: full",
        "ids: a, b",
        "not named",
        "&lt;b&gt;refused",
        "unknown",
    ):
        assert shown in text, shown
    assert (await browser.get("/operators?operator=Zo%C3%AB")).text.count("<tr>") == 1 + 2


async def test_without_its_tables_a_page_says_so(postgres: PostgresServer, api: Api) -> None:
    async with (
        await create_pool(postgres.database_url, max_size=1, application_name="test") as pool,
        a_console(pool, api) as app,
        a_browser(app) as browser,
    ):
        await browser.log_in(next_="/operators")
        answer = await browser.get("/operators")
    assert answer.status_code == 503
    assert "run <code>mailtide migrate</code>" in answer.text
    assert "content-security-policy" in answer.headers


async def test_a_page_writes_nothing(console: FastAPI) -> None:
    with pytest.raises(TransientError, match="ReadOnly"):
        async with snapshot(console.state.parts.pool) as connection:
            await connection.execute("DELETE FROM email_accounts")
