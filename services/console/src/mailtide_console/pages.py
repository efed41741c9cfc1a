"""The pages of the navigation in its order, and the pages below them."""

from .account import routes as account
from .accounts import routes as accounts
from .api_docs import routes as api_docs
from .connect import routes as connect
from .dead_letters import routes as dead_letters
from .doctor import routes as doctor
from .layout.page import Page
from .notifications import routes as notifications
from .operators import routes as operators
from .overview import routes as overview
from .pipeline import routes as pipeline
from .runs import routes as runs

_ALL = (overview, accounts, connect, runs, dead_letters, pipeline, notifications, doctor, operators)

_BELOW = (account, api_docs)

PAGES: tuple[Page, ...] = tuple(each.PAGE for each in _ALL)
ROUTERS = tuple(each.router for each in (*_ALL, *_BELOW))
PACKAGES: tuple[str, ...] = tuple(each.__name__.split(".")[-2] for each in (*_ALL, *_BELOW))
"""The packages with templates, except `layout` and `login`."""
