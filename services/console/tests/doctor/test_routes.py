"""The page of the doctor's findings."""

from datetime import UTC, datetime

import asyncpg
import httpx

from mailtide_common.contracts.api.doctor import DoctorReport, Finding, Severity
from mailtide_harness.console import a_browser, a_console


async def page(pool: asyncpg.Pool, *findings: Finding) -> str:
    """Return the page of a report."""
    report = DoctorReport(at=datetime.now(UTC), passed=("clock",), findings=findings)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/doctor"
        return httpx.Response(200, content=report.model_dump_json())

    async with a_console(pool, httpx.MockTransport(answer)) as app, a_browser(app) as browser:
        await browser.log_in()
        return (await browser.get("/doctor")).text


async def test_findings_come_with_their_fix(pool: asyncpg.Pool) -> None:
    assert "The set-up is sound" in await page(pool)
    note = Finding(check="public-url", severity=Severity.NOTE, what="local", why="y", fix="none")
    text = await page(pool, note)
    assert "The set-up is sound; 1 note" in text
    assert "local" in text
    faults = [
        Finding(
            check="topics", severity=severity, what="<b>w `<i>`", why="y", fix="run `mailtide topics ensure`"
        )
        for severity in Severity
    ]
    text = await page(pool, *faults)
    assert "2 findings, 1 error among them; 1 note" in text
    assert "&lt;b&gt;w <code>&lt;i&gt;</code>" in text
    assert "run <code>mailtide topics ensure</code>" in text
