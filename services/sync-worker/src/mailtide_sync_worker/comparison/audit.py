"""Compares a mailbox with the database, one slice at a time: the index, some contents, and the folders.

An audit reaches as far back as Nylas' listings are complete, or to the start date if that is later.
"""

import time
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from mailtide_common.contracts.events import Compared, SyncRequested
from mailtide_common.contracts.times import UnixSeconds, in_seconds
from mailtide_common.runtime.clock import now_us
from mailtide_nylas import Page, Reservation
from mailtide_sync_worker import limits
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.known.stored_index import StoredEntries, StoredIndex
from mailtide_sync_worker.listings.imap_cache import DAY_SECONDS, oldest_seen
from mailtide_sync_worker.listings.listing import pages
from mailtide_sync_worker.listings.page_lister import PageLister
from mailtide_sync_worker.listings.slice import SlicePuller
from mailtide_sync_worker.listings.slice_cursor import ListingSlice
from mailtide_sync_worker.messages.compared_state import INDEX_FIELDS, Entry
from mailtide_sync_worker.messages.message import EARLIEST_DATE, LATEST_DATE
from mailtide_sync_worker.outcome import Pulled
from mailtide_sync_worker.priority import BulkThrottle
from mailtide_sync_worker.publishing.mail_publisher import MailPublisher

from .audit_counts import compared_messages
from .compare_contents import ContentComparer
from .content_diff import rotating_sample
from .index_diff import Plan, plan
from .index_page import missing_since, read_index
from .reconcile_folders import FolderReconciler
from .repair import Repairer, Unlisted, compare_rest

COMPARED = (Compared.IDS, Compared.STATE, Compared.FOLDERS)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mailbox that was listed completely."""

    entries: list[Entry]
    since: UnixSeconds
    """Start of the part's range of dates, inclusive."""
    until: UnixSeconds
    """End of the part's range of dates, exclusive."""
    ends: bool
    """Whether this is the last part of the mailbox."""
    unreadable: int
    """Number of listed entries that cannot be read. They count as missing from the database."""


class Auditor:
    """Counts missing, extra and differing messages, in all and per folder, and repairs them if requested."""

    def __init__(
        self,
        lister: PageLister,
        accounts: KnownState,
        index: StoredIndex,
        *,
        slices: SlicePuller,
        repairer: Repairer,
        mail: MailPublisher,
        folders: FolderReconciler,
        contents: ContentComparer,
        bulk_throttle: BulkThrottle,
    ) -> None:
        self._lister = lister
        self._accounts = accounts
        self._index = index
        self._slices = slices
        self._repairer = repairer
        self._mail = mail
        self._folders = folders
        self._contents = contents
        self._live_first = bulk_throttle

    async def audit(self, request: SyncRequested) -> Pulled:
        """Compare one slice of the mailbox with the database, and repair the differences if `request.repair`.

        The index of the slice is compared, and the content of at most `limits.AUDIT_CONTENTS` messages. The
        first slice also compares the list of folders. The returned counts are those before the repair. Index
        entries that cannot be read are parked even without `request.repair`.

        Raises:
            NylasError: a listing, or the fetch of an unlisted folder, failed. Then no stored message counts
                as missing, but other differences may have been repaired.
            TransientError: Kafka or Postgres is unavailable.
        """
        began = now_us()
        watermark = request.watermark or in_seconds(began)
        first = request.until is None
        folder_list = await self._folders.reconcile(request, repair=request.repair) if first else None
        part = await self._list(request, in_seconds(began))
        known = await self._index.list_entries(request.grant_id, [entry.message_id for entry in part.entries])
        found = plan((entry for entry in part.entries if not _deleted_since(entry, known)), known.live)
        rest = await compare_rest(
            self._index.list_entries_in_range(request.grant_id, part.since, part.until),
            {entry.message_id for entry in part.entries},
            began=missing_since(began, unreadable=part.unreadable > 0),
        )
        contents = await self._contents.compare(request, _sample(request, part, known, watermark))
        found = found.with_contents(contents.differing)
        counted = compared_messages(found, known.live.keys(), rest.missing, part.unreadable)
        synced = await self._repair(request, part, found, rest, known) if request.repair else 0
        whole = first and part.ends and known.live.keys() <= contents.messages
        return Pulled(
            synced_count=synced,
            watermark=watermark,
            until=None if part.ends else part.since,
            messages=counted.counts(),
            folders=counted.folder_counts(),
            folder_list=folder_list,
            contents=len(contents.messages),
            compared=(*COMPARED, Compared.CONTENT) if whole else COMPARED,
        )

    async def _list(self, request: SyncRequested, now: UnixSeconds) -> Part:
        account = await self._accounts.get_account(request.grant_id)
        oldest = oldest_seen(account.provider if account else None, now)
        if request.start_date is not None:
            oldest = max(oldest or request.start_date, request.start_date)
        until = LATEST_DATE if request.until is None else request.until
        part = ListingSlice(limits.SLICE_PAGES, request.until)
        entries: list[Entry] = []
        unreadable = 0
        reached: UnixSeconds | None = None
        listing = pages(
            partial(self._page, request, oldest),
            self._lister.reserve,
            ahead=limits.SLICE_PAGES,
            give_way=partial(self._live_first.give_way, request),
        )
        ends = time.monotonic() + limits.SLICE_SECONDS
        async with aclosing(listing):
            async for page in listing:
                if time.monotonic() >= ends:
                    part.end()
                listed = read_index(page.page, page.observed_at)
                unreadable += len(page.page.unreadable)
                await self._mail.park(request.grant_id, page.page.unreadable)
                part.add([entry.date for entry in listed])
                entries += listed
                reached = None if page.last else part.next_until()
                if reached is not None:
                    break
        since = (oldest or EARLIEST_DATE) if reached is None else reached
        own = [entry for entry in entries if not part.left_to_next(entry.date) or reached is None]
        inside = [entry for entry in own if _lies_in(entry, oldest, until)]
        return Part(inside, since, until, reached is None, unreadable)

    async def _page(
        self, request: SyncRequested, oldest: UnixSeconds | None, cursor: str | None, reservation: Reservation
    ) -> Page:
        return await self._lister.page(
            request.grant_id,
            reservation,
            page_token=cursor,
            received_after=None if oldest is None else oldest - 1,
            received_before=request.until,
            select=INDEX_FIELDS,
        )

    async def _repair(
        self, request: SyncRequested, part: Part, found: Plan, rest: Unlisted, known: StoredEntries
    ) -> int:
        """Repair the differences. Return the number of messages that were published or requested.

        Differing contents were published when they were compared. Two kinds of messages are not counted:
        those requested only because they lack a body, and parked ones, which are not fetched.

        If many messages must be fetched, or one with a long id, the slice is listed with whole messages
        instead. The deletion limit applies to each slice separately: its number as well as its share.
        """
        await self._repairer.publish_states(request, found.states)
        await self._repairer.confirm_contents(request, sorted(known.unconfirmed))
        fetch = await self._index.list_unparked(request.grant_id, found.fetch)
        synced = {entry.message_id for entry in (*found.states, *fetch, *found.contents)}
        if len(fetch) > limits.MOST_FETCHED_SINGLY or _has_long_id(fetch):
            await self._refill(request, part)
        else:
            await self._repairer.want(request, fetch)
        return len(synced | await self._repairer.confirm(request, rest.missing, rest.rows))

    async def _refill(self, request: SyncRequested, part: Part) -> None:
        until: UnixSeconds | None = part.until
        while until is not None:
            since = None if part.since == EARLIEST_DATE else UnixSeconds(part.since - 1)
            until = (await self._slices.pull(request, since=since, until=until)).until


def _sample(request: SyncRequested, part: Part, known: StoredEntries, watermark: UnixSeconds) -> list[Entry]:
    """Return the messages whose content is compared.

    The sample changes daily. In passes that begin on the same day (UTC), slices that begin at the same date
    and have the same stored messages have the same sample.
    """
    stored = [entry for entry in part.entries if entry.message_id in known.live]
    seed = f"{request.grant_id}/{request.until}/{watermark // DAY_SECONDS}"
    return rotating_sample(stored, limits.AUDIT_CONTENTS, seed)


def _has_long_id(entries: Iterable[Entry]) -> bool:
    return any(len(quote(entry.message_id, safe="")) > limits.LONGEST_FETCHED for entry in entries)


def _deleted_since(entry: Entry, known: StoredEntries) -> bool:
    return known.deleted.get(entry.message_id, -1) > entry.observed_at


def _lies_in(entry: Entry, oldest: UnixSeconds | None, until: UnixSeconds) -> bool:
    """Return whether a listed message belongs to this slice.

    A listing may show messages just outside its bounds, on EWS by up to a day (docs: EWS). So messages dated
    before `oldest`, or less than two days after `until`, do not belong. Messages without a date or with a
    later one do, because Nylas must have listed them by another date.
    """
    if entry.date is None:
        return True
    return (oldest is None or entry.date >= oldest) and not until <= entry.date < until + 2 * DAY_SECONDS
