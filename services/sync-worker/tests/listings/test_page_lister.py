"""Mail that is too large for a page, or for the worker: smaller pages, one message parked, bounded memory."""

import pytest

from mailtide_common.contracts.dead_letters import ERROR_MESSAGE
from mailtide_common.contracts.events import MessageContent, SyncKind, SyncOutcome
from mailtide_common.contracts.topics import DEAD_LETTERS
from mailtide_harness.sync_worker import Harness, NewHarness
from mailtide_nylas import Budget, Reservation
from mailtide_nylas_simulator.mail.model import text
from mailtide_sync_worker import limits
from mailtide_sync_worker.listings.page_lister import fitting

KIB = 1024


class Watched(Budget):
    """Records the most bytes that were reserved."""

    def __init__(self, pot_bytes: int) -> None:
        super().__init__(pot_bytes)
        self.reservations: list[Reservation] = []
        self.most = 0

    def reserve(self) -> Reservation:
        self.reservations.append(super().reserve())
        return self.reservations[-1]

    async def take(self, reservation: Reservation) -> None:
        await super().take(reservation)
        self.most = max(self.most, sum(each.from_pot + each.beyond for each in self.reservations))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bounds, divided by 16."""
    for name in ("WANTED_PAGE_BYTES", "PAGE_BYTES", "MESSAGE_BYTES", "PUBLISH_CHARACTERS"):
        monkeypatch.setattr(limits, name, getattr(limits, name) // 16)


def watched(harness: Harness) -> Watched:
    budget = Watched(limits.MESSAGE_BYTES)
    harness.use_client(budget=budget)
    return budget


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", [SyncKind.BACKFILL, SyncKind.AUDIT])
async def test_pages_shrink_for_large_mail_and_grow_again(new_harness: NewHarness, kind: SyncKind) -> None:
    harness = await new_harness(filled=False, count=300, days=50)
    for id_ in harness.newest(120):
        harness.mailbox.messages[id_].body = text("m" * 64 * KIB)
    budget = watched(harness)
    finished, _ = await harness.whole(kind)
    assert finished.outcome is SyncOutcome.OK
    assert await harness.local() == harness.remote()
    assert budget.most <= limits.MESSAGE_BYTES + limits.PAGE_BYTES
    assert sum(reservation.from_pot + reservation.beyond for reservation in budget.reservations) == 0
    assert harness.calls()["GET /messages"] < 70
    assert len(harness.of_type(MessageContent)) == 300, "nothing is published twice"


@pytest.mark.usefixtures("small")
async def test_a_message_that_is_too_large_alone_is_parked_and_the_rest_goes_on(
    new_harness: NewHarness,
) -> None:
    harness = await new_harness(filled=False, count=40, days=5)
    huge = harness.newest(20)[8:20]
    for id_ in huge:
        harness.mailbox.messages[id_].body = text("h" * limits.MESSAGE_BYTES)
    watched(harness)
    finished, _ = await harness.whole(SyncKind.BACKFILL)
    assert finished.outcome is SyncOutcome.OK
    assert (await harness.local()).keys() == harness.remote().keys() - set(huge)
    letters = [record for record in harness.publisher.records if record.topic == DEAD_LETTERS.name]
    assert {letter.header(ERROR_MESSAGE) for letter in letters} == {"the answer is larger than 2 MiB"}
    assert len(letters) == len(huge)
    harness.forget()
    again, _ = await harness.whole(SyncKind.MESSAGE, message_id=huge[0])
    assert (again.outcome, again.synced_count) == (SyncOutcome.OK, 1), (
        "alone it may be as large as a client reads"
    )


def test_the_next_page_fits() -> None:
    wanted = limits.WANTED_PAGE_BYTES
    assert fitting(200, 2 * wanted) == 100
    assert fitting(1, 30 * wanted) == 1
    assert fitting(12, wanted // 4) == 24
    assert fitting(12, wanted) == 12
