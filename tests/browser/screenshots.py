"""Takes the pictures in `docs/img`: `PYTHONPATH=. .venv/bin/python -m tests.browser.screenshots`.

It starts a whole stack with simulated mailboxes, and takes every page in light, dark, and as on a phone.
"""

import asyncio
import shutil
from pathlib import Path

import httpx
from playwright.async_api import Browser, async_playwright

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.topics import SYNC_EVENTS
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_console.layout.render import THEME_COOKIE
from mailtide_devkit.demo import user_actions
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

from .site import log_in

FOLDER = Path(__file__).parents[2] / "docs" / "img"
LOOKS = {"light": ("light", 1280, 860), "dark": ("dark", 1280, 860), "phone": ("light", 390, 844)}
"""Theme, width and height."""

TRAFFIC_SECONDS = 75
"""Time for which mail arrives: the pipeline's rates need two measurements."""


async def fill(stack: Stack, admin: SimulatorAdmin) -> str:
    """Connect mailboxes, add a channel, expire a grant, park a record, start a run and let mail arrive.

    Return an account's id.
    """
    grants = await user_actions.connect_all(stack, admin)
    boxes = await admin.mailboxes()
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="screenshots") as publisher:
        await publisher.send(SYNC_EVENTS, Encoded(b"nobody", b"no event", [("type", b"nonsense")]))
    headers = {"authorization": f"Bearer {stack.settings['ADMIN_TOKEN']}"}
    async with httpx.AsyncClient(base_url=stack.url("notifier"), headers=headers) as client:
        url = "mailtos://user:password@smtp.example.com?to=ops@example.com"
        channel = {"name": "Operators", "kind": "apprise", "url": url}
        made = (await client.post("/api/channels", json=channel)).raise_for_status().json()
        rule = {
            "name": "Customers",
            "channels": [made["id"]],
            "conditions": {"senders": ["*@customer.example"]},
        }
        (await client.post("/api/rules", json=rule)).raise_for_status()
    await admin.expire(grants[-1])
    async with httpx.AsyncClient(base_url=stack.url("scheduler"), headers=headers) as client:
        (await client.post("/api/runs")).raise_for_status()
    for _ in range(TRAFFIC_SECONDS // 5):
        await admin.deliver(boxes[0].email, 5)
        await asyncio.sleep(5)
    return str(account_uuid(grants[0]))


async def take(browser: Browser, stack: Stack, account: str) -> None:
    """Take every page."""
    paths = {
        "overview": "/",
        "accounts": "/accounts",
        "account": f"/accounts/{account}",
        "connect": "/connect",
        "runs": "/runs",
        "dead-letters": "/dead-letters",
        "pipeline": "/pipeline",
        "notifications": "/notifications",
        "channel": "/notifications/channels/new",
        "doctor": "/doctor",
    }
    FOLDER.mkdir(exist_ok=True)
    for look, (theme, width, height) in LOOKS.items():
        context = await browser.new_context(
            base_url=stack.url("console"),
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
        )
        page = await context.new_page()
        await log_in(page, stack.settings["ADMIN_TOKEN"])
        await page.wait_for_url(stack.url("console") + "/")
        await context.add_cookies([{"name": THEME_COOKIE, "value": theme, "url": stack.url("console")}])
        for name, path in paths.items():
            await page.goto(path)
            await page.screenshot(path=FOLDER / f"{name}-{look}.png")
        await context.close()


async def main() -> None:
    """Take all pictures."""
    async with (
        Stack(StackOptions()) as stack,
        SimulatorAdmin(stack.nylas_api_uri) as admin,
        async_playwright() as playwright,
    ):
        account = await fill(stack, admin)
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"))
        await take(browser, stack, account)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
