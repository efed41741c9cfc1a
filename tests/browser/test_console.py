"""What operators do in the console, in a real browser at the real stack. The tests are one story, in this order."""

import re
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import Browser, BrowserContext, expect

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import DeletionsHeld
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.topics import SYNC_EVENTS
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack
from mailtide_harness.notifier import Mailroom, Receiver
from mailtide_nylas_simulator.testing.client import MailboxInfo, SimulatorAdmin

from .site import Site, log_in

pytestmark = pytest.mark.e2e


async def one(stack: Stack, query: str, *arguments: object) -> object:
    """Return a value of the database."""
    connection = await asyncpg.connect(stack.database_url)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


async def grant_of(admin: SimulatorAdmin, box: MailboxInfo) -> str:
    """Return the grant of a connected mailbox."""
    (grant,) = [each.grant_id for each in await admin.mailboxes() if each.email == box.email]
    assert grant is not None
    return grant


async def test_a_mailbox_is_connected_and_its_mail_appears(
    site: Site, stack: Stack, admin: SimulatorAdmin, context: BrowserContext
) -> None:
    box = next(each for each in await admin.mailboxes() if each.provider == "google")
    await site.open("/connect")
    await site.page.get_by_label("User id in your application").fill("42")
    await site.press("Make a link")
    async with context.expect_page() as opened:
        await site.page.get_by_role("link", name="Log in at Google").click()
    provider = await opened.value
    await expect(provider.locator("body")).to_contain_text("Connected.")
    await provider.close()
    await site.shows(f"{box.email} is connected")
    await site.shows("The mailbox is downloaded")
    await site.page.get_by_role("link", name="Open the account").first.click()
    await expect(site.page.get_by_role("heading", level=1)).to_contain_text(box.email)
    before = await one(stack, "SELECT count(*) FROM emails")
    assert before == box.messages
    await site.open("/connect/link?provider=google&since=2020-01-01T00:00:00Z")
    await site.shows(f"{before} messages are stored")
    await admin.deliver(box.email, 3)
    await site.shows(f"{box.messages + 3} messages are stored")


async def test_a_killed_worker_is_noticed_on_the_page_by_mail_and_by_webhook(
    site: Site, stack: Stack, mailroom: Mailroom, receiver: Receiver
) -> None:
    for name, kind, url in (("Operators", "apprise", mailroom.url), ("Pager", "webhook", receiver.url)):
        await site.open(f"/notifications/channels/new?kind={kind}")
        await site.page.get_by_label("Name", exact=True).fill(name)
        await site.page.get_by_label(re.compile("Apprise URL|Address of your receiver")).fill(url)
        await site.page.get_by_label(re.compile("Collect alerts")).fill("0")
        await site.press("Create")
    await site.press("Send a test notice")
    await site.says("The test notice was delivered.")
    receiver.requests.clear()
    await site.open("/")
    await site.shows("The mailbox is current")
    await stack.kill("sync-worker")
    await site.shows("mailbox stale")

    async def noticed(event: str, subject: str) -> bool:
        mailed = any(subject in str(mail["subject"]) for mail in mailroom.mails)
        return mailed and any(event.encode() in body for _, body in receiver.requests)

    await until(
        lambda: noticed("mailtide.alert.opened", "A mailbox is behind"),
        what="the incident is noticed by both channels",
    )
    await stack.restart("sync-worker")
    await expect(site.page.locator("main")).not_to_contain_text("mailbox stale")
    await until(
        lambda: noticed("mailtide.alert.ended", "Over: A mailbox is behind"),
        what="its end is noticed by both channels",
    )
    await site.open("/notifications")
    await site.shows("Pager")


async def test_a_dead_letter_is_read_sent_again_and_discarded(site: Site, stack: Stack) -> None:
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="test") as publisher:
        await publisher.send(SYNC_EVENTS, Encoded(b"nobody", b"no event", [("type", b"nonsense")]))
    await site.open("/dead-letters")
    await site.shows("2 letters wait for a decision")
    await (
        site.page.get_by_role("link", name="unreadable")
        .or_(site.page.get_by_role("link", name="unexpected"))
        .first.click()
    )
    await site.page.locator("td a.mono").first.click()
    await expect(site.page.locator("#content")).not_to_contain_text("no event")
    await site.page.get_by_role("link", name=re.compile("^Show")).click()
    await expect(site.page.locator("#content")).to_contain_text("no event")
    await site.press("Send again")
    await site.says("Sent 1 letter again.")


async def test_held_deletions_wait_for_a_decision(site: Site, stack: Stack, admin: SimulatorAdmin) -> None:
    box = next(each for each in await admin.mailboxes() if each.grant_id)
    grant = await grant_of(admin, box)
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="test") as publisher:
        await publisher.publish(
            DeletionsHeld(task_id=UUID(int=1), grant_id=grant, message_ids=("m1", "m2"), at=now_us())
        )
    await site.open(f"/accounts/{account_uuid(grant)}")
    await site.shows("Deletions that wait for a decision")
    await site.press("Discard all")
    await expect(site.page.locator("main")).not_to_contain_text("Deletions that wait for a decision")


async def test_chosen_accounts_are_counted(site: Site) -> None:
    await site.open("/accounts")
    await site.page.get_by_label("Choose all of this page").check()
    await expect(site.page.locator("[data-chosen]")).to_have_text(re.compile(r"^[1-9]\d* chosen$"))
    await site.page.locator("[data-choose-all]").uncheck()
    await expect(site.page.locator("[data-chosen]")).to_have_text("Choose all of this page")


async def every_page(site: Site, stack: Stack) -> list[str]:
    """Return the paths of pages with data: those of the navigation, and those below them."""
    await site.open("/")
    paths = await site.page.eval_on_selector_all("nav li a", "links => links.map(each => each.pathname)")
    assert {"/", "/accounts", "/dead-letters", "/pipeline", "/notifications", "/connect"} <= set(paths)
    account = await one(stack, "SELECT id FROM email_accounts LIMIT 1")
    letter = await one(stack, "SELECT id FROM dead_letters LIMIT 1")
    channel = await one(stack, "SELECT id FROM notice_channels LIMIT 1")
    return [
        *paths,
        f"/accounts/{account}",
        f"/dead-letters/{letter}?content=true",
        "/dead-letters/letters",
        f"/notifications/channels/{channel}",
        "/notifications/rules/new",
        "/connect/link?provider=google",
        "/nowhere",
    ]


async def test_no_page_has_a_serious_finding_of_axe(site: Site, stack: Stack) -> None:
    """In both themes, with data on the pages."""
    findings = [each for path in await every_page(site, stack) for each in await site.findings(path)]
    assert not findings, "\n".join(findings)


async def test_nothing_is_cut_off_on_a_phone_or_a_laptop(site: Site, stack: Stack) -> None:
    """With the coverage of an audited account, whose numbers fit without scrolling."""
    account = await one(stack, "SELECT id FROM email_accounts LIMIT 1")
    await site.open(f"/accounts/{account}")
    await site.press("Audit")
    await site.shows("1 successful")
    found = [each for path in await every_page(site, stack) for each in await site.cut(path)]
    assert not found, "\n".join(found)


async def test_swagger_ui_shows_every_route_and_cannot_call_one(site: Site) -> None:
    """Its scripts run under the page's policy."""
    for service, path in (("scheduler", "/api/status"), ("notifier", "/api/channels")):
        await site.open(f"/docs/{service}")
        route = site.page.locator(f'[data-path="{path}"]').first
        await expect(route).to_be_visible()
        await route.click()
        await expect(site.page.locator(".responses-wrapper").first).to_be_visible()
        await expect(site.page.get_by_role("button", name="Try it out")).to_have_count(0)


async def test_a_purge_needs_the_typed_name(site: Site, stack: Stack, admin: SimulatorAdmin) -> None:
    box = next(each for each in await admin.mailboxes() if each.grant_id)
    path = f"/accounts/{account_uuid(await grant_of(admin, box))}"
    await site.open(path)
    await site.page.get_by_label(re.compile("to confirm")).fill("somebody else")
    await site.press("Purge")
    await site.shows("confirm")
    assert await one(stack, "SELECT status FROM email_accounts") == "active"
    await site.open(path)
    await site.page.get_by_label(re.compile("to confirm")).fill(box.email)
    await site.press("Purge")

    async def purged() -> bool:
        return await one(stack, "SELECT count(*) FROM emails") == 0

    await until(purged, what="the mail is deleted")


async def test_every_change_needs_the_token_of_its_session(
    site: Site, context: BrowserContext, stack: Stack
) -> None:
    """INV-38."""
    await site.open("/pipeline")
    await site.page.evaluate(
        "document.querySelectorAll('[name=csrf]').forEach(each => { each.value = 'wrong' })"
    )
    await site.press("Dark")
    await site.shows("The page does not belong to this session")
    await context.clear_cookies(name="mailtide_session")
    await site.open("/pipeline")
    await expect(site.page).to_have_url(re.compile(r"/login\?next=/pipeline$"))
    await log_in(site.page, stack.settings["ADMIN_TOKEN"])
    await expect(site.page).to_have_url(f"{stack.url('console')}/")


async def test_a_link_in_webmail_opens_its_page_and_no_other_site_can_change_anything(
    site: Site, context: BrowserContext, stack: Stack
) -> None:
    """INV-38."""
    console, webmail = stack.url("console"), await context.new_page()
    link = f'<a href="{console}/accounts">An alert</a>'
    page = f'{link}<form method="post" action="{console}/logout"><button>End it</button></form>'
    await context.route(
        "http://webmail.example/**", lambda route: route.fulfill(content_type="text/html", body=page)
    )
    await webmail.goto("http://webmail.example/")
    await webmail.get_by_role("link", name="An alert").click()
    await expect(webmail).to_have_url(f"{console}/accounts")
    await webmail.goto("http://webmail.example/")
    await webmail.get_by_role("button", name="End it").click()
    await expect(webmail.locator("body")).to_contain_text("another website sent this change")
    await webmail.close()
    await site.open("/accounts")
    await expect(site.page).to_have_url(f"{console}/accounts")


async def test_only_who_has_the_token_gets_in(chromium: Browser, stack: Stack) -> None:
    """INV-38: also the rate limit, a change without the session's token, and a session that ended."""
    context = await chromium.new_context(base_url=stack.url("console"))
    page = await context.new_page()
    await page.goto("/accounts")
    assert page.url.endswith("/login?next=/accounts")
    for _ in range(5):
        await log_in(page, "wrong")
        await expect(page.get_by_role("alert")).to_contain_text("That is not the ADMIN_TOKEN")
    await log_in(page, "wrong")
    await expect(page.get_by_role("alert")).to_contain_text("Too many failed logins")
    await context.close()
