"""Renders pages and parts of pages."""

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from mailtide_common.contracts.health.conditions import label
from mailtide_console.session.sessions import Session, Sessions

from .assets import Assets
from .back import local_path
from .conditions import tone
from .page import Page
from .words import FILTERS

PACKAGE: Final = __package__.rpartition(".")[0]
THEME_COOKIE = "mailtide_theme"
THEMES = frozenset({"light", "dark"})


class Renderer:
    """Renders the console's templates, named `<package>/<name>.html`, with all values escaped."""

    def __init__(
        self, pages: Iterable[Page], packages: Iterable[str], assets: Assets, sessions: Sessions
    ) -> None:
        """Find the templates.

        Args:
            pages: the entries of the navigation.
            packages: names of the packages with templates, without `layout`.
            assets: returns the URLs of static files.
            sessions: stores the notice for the next page.
        """
        self._pages = tuple(pages)
        self._sessions = sessions
        self._environment = Environment(
            loader=PrefixLoader({name: PackageLoader(f"{PACKAGE}.{name}") for name in ("layout", *packages)}),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= FILTERS
        self._environment.globals |= {
            "asset": assets.url,
            "integrity": assets.integrity,
            "address": address,
            "label": label,
            "tone": tone,
        }

    def page(
        self, request: Request, name: str, *, status: int = HTTPStatus.OK, **context: Any
    ) -> HTMLResponse:
        """Render a page with the pending notice, if there is one, and delete the notice."""
        notice = self._sessions.take_notice(request)
        session: Session | None = getattr(request.state, "session", None)
        path = request.url.path
        here = address(path, dict(request.query_params)) if request.method == "GET" else "/"
        html = self._environment.get_template(name).render(
            request=request,
            session=session,
            csrf=session.csrf if session else "",
            pages=self._pages,
            current=next((each for each in self._pages if each.holds(path)), None),
            theme=theme_of(request),
            here=here,
            notice=notice,
            now=datetime.now(UTC),
            **context,
        )
        response = HTMLResponse(html, status)
        if notice is not None:
            self._sessions.clear_notice(response)
        return response

    def text(self, request: Request, name: str, **context: Any) -> str:
        """Render a part of a page for the operator who is logged in."""
        session: Session = request.state.session
        return self._environment.get_template(name).render(
            csrf=session.csrf, here=request.url.path, now=datetime.now(UTC), **context
        )

    def back(self, target: str, notice: str) -> RedirectResponse:
        """Redirect to `target` after a change, and show `notice` there. Other sites are replaced by `/`."""
        response = RedirectResponse(local_path(target), HTTPStatus.SEE_OTHER)
        self._sessions.notify(response, notice)
        return response


def renderer(request: Request) -> Renderer:
    found: Renderer = request.app.state.renderer
    return found


def theme_of(request: Request) -> str:
    """Return the chosen theme, or an empty text for the system's theme."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def address(path: str, query: dict[str, Any]) -> str:
    """Return a path with a query, without the parameters that are None or empty."""
    given = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
