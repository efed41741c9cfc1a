"""Compares a recent window of a mailbox's index with the database (INV-7).

Nylas cannot list changes. Those without a notification are therefore found only by listing messages again.
"""

from contextlib import aclosing
from functools import partial

from mailtide_common.contracts.events import SyncRequested
from mailtide_common.contracts.times import UnixSeconds, in_seconds
from mailtide_common.runtime.clock import now_us
from mailtide_nylas import Page, Reservation
from mailtide_sync_worker import limits
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.listings.imap_cache import oldest_seen
from mailtide_sync_worker.listings.listing import Listed, pages
from mailtide_sync_worker.listings.page_lister import PageLister
from mailtide_sync_worker.listings.slice import Slice
from mailtide_sync_worker.listings.slice_cursor import ListingSlice
from mailtide_sync_worker.messages.compared_state import INDEX_FIELDS, Entry
from mailtide_sync_worker.messages.message import LATEST_DATE
from mailtide_sync_worker.publishing.mail_publisher import MailPublisher

from .deletion_limit import MOST_MISSING
from .index_diff import plan
from .index_page import missing_since, read_index
from .repair import Repairer, Unlisted, compare_rest


class Reconciler:
    """Finds changes and deletions for which no notification has arrived."""

    def __init__(
        self,
        lister: PageLister,
        accounts: KnownState,
        index: StoredIndex,
        *,
        repairer: Repairer,
        mail: MailPublisher,
    ) -> None:
        self._lister = lister
        self._accounts = accounts
        self._index = index
        self._repairer = repairer
        self._mail = mail

    async def reconcile(self, request: SyncRequested, window_seconds: int, new: Slice) -> set[str]:
        """Compare a recent window of the index with the database, and repair the differences.

        Differing states are published. Entries that cannot be read are parked. A fetch is requested of these
        messages:

        - Messages that are not stored, are stored as deleted, or have another thread or date. Parked ones,
          and those whose content Postgres refused, are left out.
        - Messages whose stored content is a notification's, without a body.
        - Messages that are missing from the listing, unless the deletion limit holds them.

        The window reaches `window_seconds` back from now, but at most `limits.WINDOW_PAGES` pages. For the
        IMAP family, Nylas' cache limits it further.

        `new` is the last slice of the request's new mail, which the database may not have stored yet.
        Messages that `new` listed are therefore not fetched, nor are those of the first kind that an earlier
        slice listed. States that `new` published are not published again.

        Returns:
            The ids of the published and requested messages. Those requested only because they lack a body are
            left out.

        Raises:
            NylasError: the listing is incomplete. Nothing then counts as missing, but earlier pages are
                repaired.
            TransientError: Kafka or Postgres is unavailable.
        """
        began = now_us()
        since = await self._clamped(request, in_seconds(began), window_seconds)
        part = ListingSlice(limits.WINDOW_PAGES)
        listed, found, unreadable = set(new.listed), set[str](), False
        listing = pages(
            partial(self._page, request.grant_id, since), self._lister.reserve, ahead=limits.WINDOW_PAGES
        )
        async with aclosing(listing):
            async for page in listing:
                await self._mail.park(request.grant_id, page.page.unreadable)
                unreadable = unreadable or bool(page.page.unreadable)
                entries = self._entries(page, since)
                part.add([entry.date for entry in entries])
                listed.update(entry.message_id for entry in entries)
                found |= await self._repair(request, entries, new)
                reached = None if page.last else part.next_until()
                if reached is not None:
                    since = max(since, reached)
                    break
        rest = await compare_rest(
            self._index.list_entries_in_range(request.grant_id, since, LATEST_DATE),
            listed,
            began=missing_since(began, unreadable=unreadable),
        )
        return found | await self._confirm(request, rest)

    async def _confirm(self, request: SyncRequested, rest: Unlisted) -> set[str]:
        """Request fetches of missing messages, or hold their deletions (see `Repairer.confirm`).

        The account's rows are counted only if the deletion limit depends on them.
        """
        few = len(rest.missing) <= MOST_MISSING
        rows = rest.rows if few else await self._index.count_messages(request.grant_id)
        return await self._repairer.confirm(request, rest.missing, rows)

    async def _clamped(self, request: SyncRequested, now: UnixSeconds, window_seconds: int) -> UnixSeconds:
        account = await self._accounts.get_account(request.grant_id)
        oldest = oldest_seen(account.provider if account else None, now)
        since = UnixSeconds(now - window_seconds)
        return since if oldest is None else max(since, oldest)

    async def _page(
        self, grant_id: str, since: UnixSeconds, cursor: str | None, reservation: Reservation
    ) -> Page:
        """List a page from a second earlier, because it is not documented whether `received_after` is inclusive."""
        return await self._lister.page(
            grant_id,
            reservation,
            page_token=cursor,
            received_after=since - 1,
            select=INDEX_FIELDS,
        )

    @staticmethod
    def _entries(page: Listed, since: UnixSeconds) -> list[Entry]:
        entries = read_index(page.page, page.observed_at)
        return [entry for entry in entries if entry.date is None or entry.date >= since]

    async def _repair(self, request: SyncRequested, entries: list[Entry], new: Slice) -> set[str]:
        known = await self._index.list_entries(request.grant_id, [entry.message_id for entry in entries])
        found = plan(entries, known.live)
        states = [entry for entry in found.states if entry.message_id not in new.changed]
        fetch = [
            entry
            for entry in found.fetch
            if not _is_published(entry, request, new)
            and known.deleted.get(entry.message_id, -1) <= entry.observed_at
        ]
        fetch = await self._index.list_unparked(request.grant_id, fetch)
        await self._repairer.publish_states(request, states)
        await self._repairer.want(request, fetch)
        await self._repairer.confirm_contents(request, sorted(known.unconfirmed - new.listed))
        return {entry.message_id for entry in (*states, *fetch)}


def _is_published(entry: Entry, request: SyncRequested, new: Slice) -> bool:
    """Return whether `new` or, to judge by its date, an earlier slice of the request listed the message."""
    if entry.message_id in new.listed:
        return True
    earlier = request.until is not None and request.since is not None
    return earlier and entry.date is not None and entry.date > (request.since or 0)
