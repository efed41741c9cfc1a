"""Measures how long the console takes for its pages, with many accounts and much mail.

`python benchmarks/console_pages.py [ACCOUNTS ...] [--messages N]` fills a Postgres for each number of accounts, runs
`mailtide-console` on it, and requests each page again and again over one connection. The last column divides p50 by
that of the same page with the first number of accounts.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import quantiles
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "harness"))

import asyncpg
import httpx
from measuring.report import Result, table, write

from mailtide_devkit.local.backends import choose_postgres
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.stack.environment import of_service
from mailtide_devkit.stack.service import HOST, Service
from mailtide_devkit.stack.stack import BIN
from mailtide_harness.console_seed import seed
from mailtide_persister.schema.migrate import migrate

ROUNDS = 60
WARM_UP = 5


async def paths(database_url: str) -> dict[str, str]:
    """Return the paths of the pages to measure, by name."""
    connection = await asyncpg.connect(database_url)
    try:
        one: UUID = await connection.fetchval(
            "SELECT id FROM email_accounts WHERE nylas_grant_id = 'grant-31'"
        )
        run: UUID = await connection.fetchval("SELECT id FROM sync_runs ORDER BY started_at DESC LIMIT 1")
        middle = await connection.fetchrow(
            "SELECT watermark, grant_id FROM account_schedules ORDER BY coalesce(watermark, 0), grant_id"
            " OFFSET (SELECT count(*) / 2 FROM account_schedules) LIMIT 1"
        )
    finally:
        await connection.close()
    return {
        "overview": "/",
        "accounts, furthest behind": "/accounts",
        "accounts, a page in the middle": f"/accounts?after={middle['watermark']}~{middle['grant_id']}",
        "accounts, by address": "/accounts?sort=address",
        "accounts, one condition": "/accounts?state=throttled",
        "accounts, need a person": "/accounts?state=person",
        "accounts, search": "/accounts?q=person99",
        "accounts, search for two letters that no address has": "/accounts?q=zz",
        "one account": f"/accounts/{one}",
        "runs": "/runs",
        "one run": f"/runs/{run}?outcome=failed",
        "operators' log": "/operators",
    }


async def measure(url: str, token: str, pages: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Log in, request the pages in turn, and return the times and sizes of the answers by page."""
    seconds: dict[str, list[float]] = {name: [] for name in pages}
    sizes: dict[str, int] = {}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        login = await client.post("/login", data={"token": token, "operator": "benchmark"})
        assert login.status_code == httpx.codes.SEE_OTHER, login.text
        for number in range(ROUNDS + WARM_UP):
            for name, path in pages.items():
                started = time.perf_counter()
                answer = await client.get(path)
                if number >= WARM_UP:
                    seconds[name].append(time.perf_counter() - started)
                assert answer.status_code == httpx.codes.OK, (name, answer.status_code)
                sizes[name] = len(answer.content)
    figures = {}
    for name, taken in seconds.items():
        cuts = quantiles(taken, n=100)
        figures[name] = {
            "p50 ms": round(cuts[49] * 1e3, 1),
            "p95 ms": round(cuts[94] * 1e3, 1),
            "slowest ms": round(max(taken) * 1e3, 1),
            "KB": round(sizes[name] / 1e3),
        }
    return figures


async def run(accounts: int, messages: int, folder: Path) -> dict[str, dict[str, float]]:
    """Fill a database with accounts and messages, start a console on it, and measure its pages."""
    postgres = choose_postgres(log=folder / "postgres.log")
    await postgres.start()
    try:
        database_url = await postgres.create_database(f"console_{accounts}")
        await migrate(database_url)
        started = time.monotonic()
        await seed(database_url, accounts=accounts, messages=messages)
        print(
            f"{accounts:,} accounts and {messages:,} messages in {time.monotonic() - started:.0f} s",
            flush=True,
        )
        token, port = secrets.token_urlsafe(32), free_port()
        environment = of_service("console", {"DATABASE_URL": database_url, "ADMIN_TOKEN": token}, port, HOST)
        console = Service(
            "console", [BIN / "mailtide-console"], port=port, log=folder / "console.log", env=environment
        )
        await console.start()
        try:
            return await measure(console.url, token, await paths(database_url))
        finally:
            await console.stop()
    finally:
        await postgres.discard()


async def main() -> None:
    """Measure with each number of accounts; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", type=int, nargs="*", default=[10_000])
    parser.add_argument("--messages", type=int, default=1_000_000)
    chosen = parser.parse_args()
    results: list[Result] = []
    first: dict[str, dict[str, float]] = {}
    for accounts in chosen.accounts:
        with tempfile.TemporaryDirectory() as folder:
            figures = await run(accounts, chosen.messages, Path(folder))
        first = first or figures
        for page, measured in figures.items():
            ratio = round(measured["p50 ms"] / first[page]["p50 ms"], 2)
            figures_and_ratio = {**measured, f"p50 / that of {chosen.accounts[0]:,}": ratio}
            results.append(Result(f"{accounts:,} accounts: {page}", figures_and_ratio))
        print(table(results), flush=True)
    write("console_pages", results)


if __name__ == "__main__":
    asyncio.run(main())
