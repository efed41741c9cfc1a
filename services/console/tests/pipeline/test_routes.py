"""The page of the pipeline."""

import json
import re
from html import unescape

import asyncpg

from mailtide_harness.console import Browser

STAGE = (
    "INSERT INTO pipeline_minutes"
    " SELECT date_trunc('minute', now()) - n * interval '1 minute', $1 || '.' || $2, $2,"
    " now() - n * interval '1 minute', $3, 600 - n * 60, 700, $4::bigint,"
    " CASE WHEN $4::bigint > 0 THEN now() - $5 * interval '1 s' END FROM generate_series(0, 2) AS n"
)


async def test_nothing_measured_is_said(browser: Browser) -> None:
    page = (await browser.get("/pipeline")).text
    assert "Nothing was measured in the last 15 minutes" in page
    assert "Nothing was measured in this span" in page
    assert (await browser.get("/pipeline?hours=2")).status_code == 422


async def test_stages_and_charts_show_what_was_measured(pool: asyncpg.Pool, browser: Browser) -> None:
    await pool.execute(STAGE, "sync-worker", "mail.notifications.v1", 2, 0, 0)
    await pool.execute(STAGE, "persister", "mail.messages.v1", 1, 4_000, 90)
    await pool.execute("INSERT INTO webhook_minutes VALUES (date_trunc('minute', now()), 0.025, 99)")
    await pool.execute("INSERT INTO webhook_minutes VALUES (date_trunc('minute', now()), 2.5, 1)")
    page = (await browser.get("/pipeline")).text
    assert "persister is 1 min behind on mail.messages.v1" in page
    assert "1.0/s" in page
    latency, throughput, lag = (
        json.loads(unescape(each)) for each in re.findall(r'data-chart="([^"]+)"', page)
    )
    assert [line["label"] for line in latency["series"]] == ["p50", "p95", "p99"]
    p50, _, p99 = ([value for value in line["values"] if value is not None] for line in latency["series"])
    assert 0.01 <= p50[-1] <= 0.025
    assert p99[-1] <= 2.5
    assert throughput["series"][0]["values"][-2:].count(100) == 1
    assert max(value or 0 for value in lag["series"][1]["values"]) > 89
    assert len(latency["times"]) == 60
    assert "data-chart" in (await browser.get("/pipeline?hours=24")).text


async def test_a_stage_without_members_is_the_verdict(pool: asyncpg.Pool, browser: Browser) -> None:
    await pool.execute(STAGE, "sync-worker", "mail.notifications.v1", 0, 5, 10)
    assert "No sync-worker is running" in (await browser.get("/pipeline")).text
