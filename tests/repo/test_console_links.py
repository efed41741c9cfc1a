"""The links in alerts lead to pages of the console."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.conditions import Condition
from mailtide_console.accounts.filters import GROUPS
from mailtide_console.app import create_site
from mailtide_harness.console import settings
from mailtide_notifier.outbox.links import link

CONSOLE = "https://console.example"


@pytest.mark.parametrize("account", [None, UUID(int=7)])
def test_every_link_is_a_page_of_the_console(account: UUID | None) -> None:
    pages = {path for path, of in create_site(settings()).openapi()["paths"].items() if "get" in of}
    for kind in AlertKind:
        parts = urlsplit(link(CONSOLE, kind, account) or "")
        path = parts.path.replace(str(account), "{account_id}")
        assert path in pages, kind
        assert set(parse_qs(parts.query).get("state", [])) <= {*GROUPS, *Condition}, kind
