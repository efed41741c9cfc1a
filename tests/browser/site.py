"""The console's site as a person uses it."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Page, expect

from mailtide_console.layout.render import THEME_COOKIE

OPERATOR = "Ada Operator"
SERIOUS = frozenset({"serious", "critical"})
THEMES = ("light", "dark")


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

    async def shows(self, text: str, *, seconds: float = 15) -> None:
        """Wait until the page shows a text, without loading it again."""
        await expect(self.page.locator("main")).to_contain_text(text, timeout=seconds * 1_000)

    async def says(self, text: str) -> None:
        """Wait for the note about what was done."""
        await expect(self.page.get_by_role("status").first).to_contain_text(text)

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
