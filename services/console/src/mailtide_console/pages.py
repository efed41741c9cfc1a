"""The pages, in the order of the navigation: one line each."""

from .layout.page import Page
from .overview import routes as overview

_ALL = (overview,)

PAGES: tuple[Page, ...] = tuple(each.PAGE for each in _ALL)
ROUTERS = tuple(each.router for each in _ALL)
PACKAGES: tuple[str, ...] = tuple(each.__name__.split(".")[-2] for each in _ALL)
"""The packages that bring templates."""
