"""The pages, in the order of the navigation: one line each."""

from .dead_letters import routes as dead_letters
from .layout.page import Page
from .overview import routes as overview
from .pipeline import routes as pipeline

_ALL = (overview, dead_letters, pipeline)

PAGES: tuple[Page, ...] = tuple(each.PAGE for each in _ALL)
ROUTERS = tuple(each.router for each in _ALL)
PACKAGES: tuple[str, ...] = tuple(each.__name__.split(".")[-2] for each in _ALL)
"""The packages that bring templates."""
