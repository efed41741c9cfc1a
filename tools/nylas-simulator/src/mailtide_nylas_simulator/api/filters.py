"""Parses the query parameters of a listing of messages or threads into checks of a message. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from starlette.datastructures import QueryParams

from mailtide_nylas_simulator.mail.mailbox import Mailbox
from mailtide_nylas_simulator.mail.model import Json, Message
from mailtide_nylas_simulator.responses import bad_request, number_of, truth_of

Check = Callable[[Message], bool]

KEYWORDS = frozenset({"inbox", "sent", "drafts", "trash", "junk", "spam", "archive", "all"})
_MOST_ADDRESSES = 25
_STATE = ("thread_id", "unread", "starred")
_SEARCH = ("subject", "to", "cc", "bcc", "any_email")


@dataclass(slots=True)
class Filters:
    """The filters of a listing.

    ``after`` and ``before`` are in Unix seconds, and exclusive. Nylas' docs do not say whether they are
    inclusive; a client must not lose mail in either case. With ``query_imap``, messages older than Nylas'
    IMAP cache are listed too.
    """

    after: int | None = None
    before: int | None = None
    query_imap: bool = False
    checks: list[Check] = field(default_factory=list)

    def match(self, message: Message) -> bool:
        """Return whether a message passes all checks. The other filters are left to the caller."""
        return all(check(message) for check in self.checks)


def filters_of(query: QueryParams, mailbox: Mailbox) -> Filters:
    """Parse the filters of a listing.

    Raises:
        ApiError: 400 for a keyword instead of a folder id, ``query_imap`` without ``in``, more than 25
            addresses, a date that is no integer, or filters that Microsoft cannot combine.
    """
    _refuse_mixed(query, mailbox)
    found = Filters(
        after=number_of(query.get("received_after"), "received_after"),
        before=number_of(query.get("received_before"), "received_before"),
        query_imap=truth_of(query.get("query_imap")) is True,
    )
    folders = query.getlist("in")
    for folder in folders:
        if folder not in mailbox.folders and folder.lower() in KEYWORDS:
            raise bad_request(f"`in` must be a folder id, not the keyword {folder}")
    if found.query_imap and not folders:
        raise bad_request("query_imap requires the query parameter `in`")
    if folders:
        found.checks.append(lambda message: any(folder in message.folders for folder in folders))
    found.checks += [*_state_checks(query), *_search_checks(query), *_metadata_checks(query)]
    return found


def _refuse_mixed(query: QueryParams, mailbox: Mailbox) -> None:
    """Raise 400 at Microsoft if a filter by state is combined with a search (docs: Searching with Nylas)."""
    if mailbox.provider != "microsoft":
        return
    if any(name in query for name in _STATE) and any(name in query for name in _SEARCH):
        raise bad_request(f"at Microsoft, {'/'.join(_STATE)} cannot be combined with {'/'.join(_SEARCH)}")


def _state_checks(query: QueryParams) -> Iterable[Check]:
    if (thread := query.get("thread_id")) is not None:
        yield lambda message: message.thread_id == thread
    if (unread := truth_of(query.get("unread"))) is not None:
        yield lambda message: message.unread is unread
    if (starred := truth_of(query.get("starred"))) is not None:
        yield lambda message: message.starred is starred
    if (wanted := truth_of(query.get("has_attachment"))) is not None:
        yield lambda message: bool(message.attachments) is wanted


def _search_checks(query: QueryParams) -> Iterable[Check]:
    if subject := query.get("subject"):
        needle = subject.lower()
        yield lambda message: needle in message.subject.lower()
    for name in ("from", "to", "cc", "bcc"):
        if address := query.get(name):
            yield _address_check(name, {address.lower()})
    wanted = {part.strip().lower() for value in query.getlist("any_email") for part in value.split(",")} - {
        ""
    }
    if len(wanted) > _MOST_ADDRESSES:
        raise bad_request(f"any_email takes at most {_MOST_ADDRESSES} addresses, not {len(wanted)}")
    if wanted:
        yield _address_check("any", wanted)


def _address_check(name: str, wanted: set[str]) -> Check:
    """Return a check whether the field `name` (``any``: from, to, cc or bcc) has one of the wanted addresses.

    These must be in lower case.
    """

    def check(message: Message) -> bool:
        fields: dict[str, list[Json]] = {
            "from": message.senders,
            "to": message.to,
            "cc": message.cc,
            "bcc": message.bcc,
        }
        people = fields.get(name) if name != "any" else [one for group in fields.values() for one in group]
        return any(str(one.get("email", "")).lower() in wanted for one in people or ())

    return check


def _metadata_checks(query: QueryParams) -> Iterable[Check]:
    for pair in query.getlist("metadata_pair"):
        key, _, value = pair.partition(":")
        yield lambda message, key=key, value=value: message.metadata.get(key) == value  # type: ignore[misc]
