"""The console's site as a person uses it."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Page, ViewportSize, expect

from mailtide_console.layout.render import THEME_COOKIE

OPERATOR = "Ada Operator"
SERIOUS = frozenset({"serious", "critical"})
THEMES = ("light", "dark")
LAPTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
WAIT_MS = 60_000
"""Limit of each wait: a page of Swagger UI is drawn in 2 s, and in 15 s beside the other tests on a slow machine."""

CUT = """async () => {
    const scrolls = "[role=region][tabindex='0'][aria-label]:not([aria-label=Coverage]),"
        + "pre[tabindex='0'], nav[aria-label=Pages]";
    const cut = element => {
        const {left, right, width} = element.getBoundingClientRect();
        const hides = element.clientWidth > 1 && getComputedStyle(element).overflowX !== "visible";
        return width > 1 && (left < -1 || right > innerWidth + 1)
            || hides && element.scrollWidth > element.clientWidth + 1;
    };
    const search = () => [...document.querySelectorAll("body *:not(input, select, option, svg *)")]
        .filter(element => element.checkVisibility() && !element.closest(scrolls) && cut(element))
        .map(element => element.outerHTML.slice(0, 100));
    for (let tries = 0; tries < 20 && search().length; tries++) await new Promise(done => setTimeout(done, 100));
    return search();
}"""
"""Elements that are cut off or reach over the window's edge, outside of regions that scroll sideways. It waits two
seconds for the charts, which are drawn again after a resize."""


async def log_in(page: Page, token: str) -> None:
    """Log in by the form."""
    await page.goto("/login")
    await page.get_by_label("Your name").fill(OPERATOR)
    await page.get_by_label("ADMIN_TOKEN").fill(token)
    await page.get_by_role("button", name="Log in").click()


class Site:
    """A page of a browser that is logged in."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        """Keep what a script logs as an error; an answer that is an error is a page, not an error of a script."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    async def open(self, path: str) -> None:
        await self.page.goto(path)

    async def press(self, name: str) -> None:
        """Press the first button of this name."""
        await self.page.get_by_role("button", name=name, exact=True).first.click()

    async def shows(self, text: str) -> None:
        """Wait until the page shows a text, without loading it again."""
        await expect(self.page.locator("main")).to_contain_text(text)

    async def says(self, text: str) -> None:
        """Wait for the note about what was done."""
        await expect(self.page.get_by_role("status").first).to_contain_text(text)

    async def cut(self, path: str) -> list[str]:
        """Return what is cut off on a page as wide as a phone, and as a laptop."""
        await self.open(path)
        found = []
        for size in (PHONE, LAPTOP):
            await self.page.set_viewport_size(size)
            found += [f"{path} ({size['width']} px): {each}" for each in await self.page.evaluate(CUT)]
        return found

    async def findings(self, path: str) -> list[str]:
        """Return what axe finds on a page that is serious, in both themes."""
        found = []
        for theme in THEMES:
            await self.page.context.add_cookies(
                [{"name": THEME_COOKIE, "value": theme, "url": self.page.url}]
            )
            await self.open(path)
            results: dict[str, Any] = (await Axe().run(self.page)).response
            found += [
                f"{path} ({theme}): {each['id']}: {node['html'][:100]} {node['any'][:1]}"
                for each in results["violations"]
                if each["impact"] in SERIOUS
                for node in each["nodes"]
            ]
        return found
