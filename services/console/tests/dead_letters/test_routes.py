"""The pages of dead letters, with the real API of the scheduler behind them."""

from uuid import UUID

import asyncpg
import httpx

from mailtide_common.contracts.dead_letters import LISTED, ErrorClass
from mailtide_console.dead_letters.causes import meaning
from mailtide_harness.console import Browser, a_browser, a_console


async def parked(pool: asyncpg.Pool, number: int, error_class: str = "unreadable") -> list[UUID]:
    rows = await pool.fetch(
        "INSERT INTO dead_letters SELECT gen_random_uuid(), 'mail.sync-events.v1', 0, n, 'persister.' || $2, $2,"
        " '<b>bad</b>', 1, 'k', convert_to('Gr' || n, 'UTF8'), '[]', now() - n * interval '1 minute'"
        " FROM generate_series(1, $1) AS n RETURNING id",
        number,
        error_class,
    )
    return [row["id"] for row in rows]


async def test_without_letters_the_page_says_so(acting: Browser) -> None:
    assert "No dead letters wait" in (await acting.get("/dead-letters")).text
    assert "No letters" in (await acting.get("/dead-letters/letters")).text
    assert (await acting.get(f"/dead-letters/{UUID(int=0)}")).status_code == 404


async def test_a_cause_is_paged_sent_again_and_discarded(pool: asyncpg.Pool, acting: Browser) -> None:
    await parked(pool, 60)
    causes = (await acting.get("/dead-letters")).text
    assert "60 letters wait for a decision" in causes
    cause = {"topic": "mail.sync-events.v1", "error_class": "unreadable"}
    page = (await acting.client.get("/dead-letters/letters", params=cause)).text
    assert "Send all 60 again" in page
    assert "&lt;b&gt;bad&lt;/b&gt;" in page
    assert "Next page" in page
    (one,) = await parked(pool, 1, "refused")
    sent = await acting.send("/dead-letters/redrive", letter_id=one, next="/dead-letters")
    assert sent.headers["location"] == "/dead-letters"
    assert "Sent 1 letter again" in (await acting.get("/dead-letters")).text
    decided = (await acting.get(f"/dead-letters/{one}")).text
    assert ("Send again" in decided, "Discard" in decided) == (True, False)
    assert (await acting.send("/dead-letters/discard", **cause, note=" ")).status_code == 422
    assert (await acting.send("/dead-letters/redrive")).status_code == 422
    await acting.send("/dead-letters/discard", **cause, note="a trial", next="/dead-letters")
    assert "Discarded 60 letters" in (await acting.get("/dead-letters")).text
    assert await pool.fetchval("SELECT count(*) FROM dead_letter_causes") == 0


async def test_the_most_frequent_reasons_of_refusals_are_shown(pool: asyncpg.Pool) -> None:
    reasons = ["too large", "too large", *(f"too large: {number}" for number in range(9))]
    refused = [{"id": str(UUID(int=number)), "reason": reason} for number, reason in enumerate(reasons)]
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"redriven": 1, "refused": refused}))
    async with a_console(pool, answer) as app, a_browser(app) as browser:
        await browser.log_in()
        await browser.send("/dead-letters/redrive", error_class="too-large", next="/operators")
        page = (await browser.get("/operators")).text
    assert "Sent 1 letter again. Refused 2: too large. Refused 1: too large: 0." in page
    assert "Refused 7 for other reasons." in page


def test_an_unreadable_message_is_fetched_anew_and_not_discarded_first() -> None:
    assert "fetched anew" in meaning(ErrorClass.UNREADABLE, LISTED)[1]
    assert meaning(ErrorClass.UNREADABLE, "mail.messages.v1")[1].startswith("Discard it if")
    assert meaning(ErrorClass.TOO_LARGE, LISTED) == meaning(ErrorClass.TOO_LARGE, "mail.messages.v1")
    assert meaning("ValueError", LISTED)[0] == "A cause that an earlier version named."


async def test_content_is_shown_on_request_only(pool: asyncpg.Pool, acting: Browser) -> None:
    (one,) = await parked(pool, 1)
    page = (await acting.get(f"/dead-letters/{one}")).text
    assert "Gr1" not in page
    shown = (await acting.get(f"/dead-letters/{one}?content=true")).text
    assert "Gr1" in shown
    assert "000000  47 72 31" in shown


async def test_a_scheduler_that_is_unavailable_is_named(pool: asyncpg.Pool) -> None:
    silent = httpx.MockTransport(lambda _: httpx.Response(503))
    async with a_console(pool, silent) as app, a_browser(app) as browser:
        await browser.log_in()
        page = await browser.get("/dead-letters")
    assert (page.status_code, "the scheduler cannot answer now" in page.text) == (503, True)
