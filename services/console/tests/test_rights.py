"""The read-only login that Compose creates for the console."""

import re
import shutil
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest

from mailtide_common.runtime.postgres import create_pool
from mailtide_devkit.commands import command
from mailtide_devkit.local.backends import PostgresServer
from mailtide_harness.console import a_browser, a_console
from mailtide_harness.console_seed import seed

pytestmark = pytest.mark.real

LOGIN = Path(__file__).parents[3] / "deploy/docker/console-login.sql"
NAME = "console_rights"


async def test_the_login_of_the_console_can_read_every_page_and_no_mail(
    postgres: PostgresServer, migrated_template: str
) -> None:
    if shutil.which("psql") is None:
        pytest.skip("psql is needed to create the login as Compose does")
    secret = token_hex(8)
    await seed(await postgres.create_database(NAME, migrated_template), accounts=40, messages=50)
    for _ in range(2):
        await command(
            *("psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", str(LOGIN)),
            postgres.database_url.rsplit("/", 1)[0] + f"/{NAME}",
            seconds=30,
            env={"CONSOLE_POSTGRES_PASSWORD": secret},
        )
    address = urlsplit(postgres.database_url)
    url = f"postgresql://mailtide_console:{secret}@{address.hostname}:{address.port}/{NAME}"
    try:
        async with (
            await create_pool(url, max_size=2, application_name="test") as reader,
            a_console(reader, httpx.MockTransport(lambda _: httpx.Response(503))) as app,
            a_browser(app) as browser,
        ):
            await browser.log_in()
            paths = {path for path, of in app.openapi()["paths"].items() if "get" in of} - {"/login"}
            one = await reader.fetchval("SELECT id FROM email_accounts LIMIT 1")
            run = await reader.fetchval("SELECT id FROM sync_runs LIMIT 1")
            for path in paths:
                known = path.replace("{account_id}", str(one)).replace("{run_id}", str(run))
                known = known.replace("{service}", "scheduler")
                answer = await browser.get(re.sub("{[a-z_]+}", str(uuid4()), known))
                assert answer.status_code < 400 or answer.status_code in {404, 503}, path
                assert "A setting is wrong" not in answer.text, path  # a privilege that is missing
            for column in ("subject", "body_html", "from_address"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await reader.fetch(f"SELECT {column} FROM emails")  # noqa: S608 - ours
    finally:
        owner = await asyncpg.connect(postgres.url_of(NAME))
        await owner.execute("DROP OWNED BY mailtide_console; DROP ROLE mailtide_console")
        await owner.close()
        await postgres.drop_database(NAME)
