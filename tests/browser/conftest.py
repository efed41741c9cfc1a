"""Debian's Chromium at the console of a whole stack, with a real SMTP server and a real receiver of webhooks."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_harness.notifier import Mailroom, Receiver, a_mailroom, a_receiver
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

from .site import LAPTOP, WAIT_MS, Site, log_in

CHROMIUM = "chromium"
MISSING = "tests/browser needs Chromium: `apt-get install chromium`"

SETTINGS = {
    "MAILTIDE_SESSION_TIMEOUT_MS": "6000",
    "SYNC_INTERVAL": "2",
    "MAILTIDE_STALE_SECONDS": "4",
    "MAILTIDE_PROOF_AFTER_SECONDS": "never",
}
"""Mailboxes are synced often, and soon count as stale."""


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """The browser. In CI it must be there; elsewhere tests without it are skipped, and say so."""
    path = shutil.which(CHROMIUM)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            await browser.close()


@pytest.fixture(scope="module")
async def stack(chromium: Browser) -> AsyncIterator[Stack]:  # noqa: ARG001 - nothing starts without a browser
    async with Stack(StackOptions(env=SETTINGS)) as running:
        yield running


@pytest.fixture(scope="module")
async def admin(stack: Stack) -> AsyncIterator[SimulatorAdmin]:
    async with SimulatorAdmin(stack.nylas_api_uri) as admin:
        yield admin


@pytest.fixture(scope="module")
def mailroom() -> Iterator[Mailroom]:
    with a_mailroom() as mailroom:
        yield mailroom


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with a_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
async def context(chromium: Browser, stack: Stack) -> AsyncIterator[BrowserContext]:
    """A browser that is logged in; scripts that the policy refuses, and errors of scripts, fail the tests."""
    context = await chromium.new_context(base_url=stack.url("console"), viewport=LAPTOP)
    context.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    page = await context.new_page()
    await log_in(page, stack.settings["ADMIN_TOKEN"])
    await page.wait_for_url(stack.url("console") + "/")
    yield context
    await context.close()


@pytest.fixture(scope="module")
async def site(context: BrowserContext) -> Site:
    return Site(context.pages[0])


@pytest.fixture(autouse=True)
def no_errors_of_scripts(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "site" in request.fixturenames:
        site: Site = request.getfixturevalue("site")
        errors, site.errors = site.errors, []
        assert errors == []
