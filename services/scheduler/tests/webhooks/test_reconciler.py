"""The webhook destination: created, repaired, adopted, and its secret never lost."""

import asyncio

import asyncpg
import pytest

from mailtide_common.contracts.events import Account, AlertKind, SyncKind, WebhookSecret
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import TransientError
from mailtide_harness.nylas_webhooks import NylasStub
from mailtide_harness.publisher import AWAY, RecordingPublisher
from mailtide_harness.scheduler import POLICY, Harness, nothing_heard
from mailtide_nylas import NylasPermanentError, NylasTransientError
from mailtide_scheduler.wakeups import Signals
from mailtide_scheduler.webhooks.destination import DestinationEnsurer, Wanted
from mailtide_scheduler.webhooks.outage import TRIGGERS, OutageWatch
from mailtide_scheduler.webhooks.reconciler import WebhookReconciler
from mailtide_scheduler.webhooks.secret_publisher import PENDING, SecretPublisher
from mailtide_scheduler.webhooks.silence import SilenceDetector
from mailtide_scheduler.webhooks.store import list_destinations

BOX = SecretBox("key")
URL = "https://mail.test/api/webhooks/nylas"


def ensurer(
    pool: asyncpg.Pool,
    nylas: NylasStub,
    publisher: RecordingPublisher,
    *,
    box: SecretBox = BOX,
    operator_keeps_secret: bool = False,
    watch: OutageWatch | None = None,
) -> DestinationEnsurer:
    wanted = Wanted(URL, compressed_delivery=True, operator_keeps_secret=operator_keeps_secret)
    watch = watch or OutageWatch(pool, POLICY, Signals())
    return DestinationEnsurer(pool, nylas.client(), SecretPublisher(publisher), box, wanted, watch=watch)


def keeper_of(pool: asyncpg.Pool, nylas: NylasStub, publisher: RecordingPublisher) -> WebhookReconciler:
    watch = OutageWatch(pool, POLICY, Signals())
    ours = ensurer(pool, nylas, publisher, watch=watch)
    silence = SilenceDetector(pool, POLICY, Signals(), nothing_heard, ours.forget)
    return WebhookReconciler(pool, publisher, ours, watch, silence, managed=True, check_seconds=60.0)


def secrets_of(publisher: RecordingPublisher) -> list[tuple[str, str, str | None]]:
    return [
        (e.destination_id, e.status, None if e.ciphertext is None else BOX.decrypt(e.ciphertext))
        for e in publisher.taken()
        if isinstance(e, WebhookSecret)
    ]


async def test_an_absent_destination_is_created_once(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    both = [ensurer(pool, nylas, publisher), ensurer(pool, nylas, publisher)]
    (id_, other) = await asyncio.gather(*(each.ensure() for each in both))
    assert id_ == other
    assert list(nylas.destinations) == [id_]
    made = nylas.destinations[id_]
    assert (made["webhook_url"], set(made["trigger_types"])) == (URL, set(TRIGGERS))
    assert made["compressed_delivery"] is True
    assert secrets_of(publisher) == [
        (PENDING, "pending", None),
        (id_, "current", nylas.secret(id_)),
        (PENDING, "pending", None),
        (id_, "current", nylas.secret(id_)),
    ]


async def test_the_pending_mark_begins_before_the_secret_and_ends_after_it(pool: asyncpg.Pool) -> None:
    publisher = RecordingPublisher()
    await ensurer(pool, NylasStub(), publisher).ensure()
    begun, _, ended = publisher.taken()
    assert begun.expires_at > now_us()
    assert ended.expires_at <= now_us()
    assert ended.changed_at >= begun.changed_at


async def test_the_secret_is_stored_encrypted(pool: asyncpg.Pool) -> None:
    """INV-29."""
    nylas = NylasStub()
    id_ = await ensurer(pool, nylas, RecordingPublisher()).ensure()
    (stored,) = await list_destinations(pool)
    assert nylas.secret(id_) not in (stored.secret_ciphertext or "")
    assert BOX.decrypt(stored.secret_ciphertext or "") == nylas.secret(id_)


async def test_wrong_triggers_and_a_silent_destination_are_repaired(pool: asyncpg.Pool) -> None:
    nylas = NylasStub()
    ours = ensurer(pool, nylas, RecordingPublisher())
    id_ = await ours.ensure()
    nylas.destinations[id_] |= {"trigger_types": ["message.created"], "status": "failed"}
    secret = nylas.secret(id_)
    assert await ours.ensure() == id_
    assert set(nylas.destinations[id_]["trigger_types"]) == set(TRIGGERS)
    assert nylas.destinations[id_]["status"] == "active"
    assert nylas.secret(id_) == secret


async def test_a_destination_whose_secret_nobody_knows_gets_a_new_one(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    ours = ensurer(pool, nylas, publisher)
    id_ = await ours.ensure()
    await pool.execute("DELETE FROM webhook_destinations")
    old = nylas.secret(id_)
    publisher.taken()
    assert await ours.ensure() == id_
    assert nylas.secret(id_) != old
    assert (id_, "current", nylas.secret(id_)) in secrets_of(publisher)
    assert await ensurer(pool, nylas, publisher, box=SecretBox("another")).ensure() == id_
    assert nylas.secret(id_) != old


async def test_a_secret_that_the_operator_keeps_is_never_rotated(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    nylas.destinations["theirs"] = {
        "id": "theirs",
        "webhook_url": URL,
        "trigger_types": ["message.created"],
        "status": "active",
        "webhook_secret": "kept",
    }
    assert await ensurer(pool, nylas, publisher, operator_keeps_secret=True).ensure() == "theirs"
    assert nylas.secret("theirs") == "kept"
    assert set(nylas.destinations["theirs"]["trigger_types"]) == set(TRIGGERS)
    assert secrets_of(publisher) == []


async def test_what_fails_after_nylas_made_it_is_recovered(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    ours = ensurer(pool, nylas, publisher)
    await pool.execute("ALTER TABLE webhook_destinations ADD CONSTRAINT broken CHECK (false)")
    with pytest.raises(asyncpg.CheckViolationError):
        await ours.ensure()
    await pool.execute("ALTER TABLE webhook_destinations DROP CONSTRAINT broken")
    id_ = await ours.ensure()
    assert len(nylas.destinations) == 1
    assert (id_, "current", nylas.secret(id_)) in secrets_of(publisher)


async def test_a_refusal_ends_the_pending_mark_and_an_outage_leaves_it(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    nylas.refuse_challenge = True
    with pytest.raises(NylasPermanentError):
        await ensurer(pool, nylas, publisher).ensure()
    begun, ended = publisher.taken()
    assert begun.expires_at > now_us() >= ended.expires_at
    nylas.down = True
    with pytest.raises(NylasTransientError):
        await ensurer(pool, nylas, publisher).ensure()
    assert publisher.taken() == []


async def test_a_destination_deleted_at_nylas_is_made_anew_and_its_secret_counts_for_a_while(
    pool: asyncpg.Pool,
) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    ours = ensurer(pool, nylas, publisher)
    old = await ours.ensure()
    secret = nylas.secret(old)
    nylas.destinations.clear()
    publisher.taken()
    new = await ours.ensure()
    assert new != old
    assert [each.id for each in await list_destinations(pool)] == [new]
    assert (old, "previous", secret) in secrets_of(publisher)


async def test_stored_secrets_are_published_again(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    ours = ensurer(pool, nylas, publisher)
    id_ = await ours.ensure()
    publisher.taken()
    await ours.republish()
    assert secrets_of(publisher) == [(id_, "current", nylas.secret(id_))]
    publisher.error = AWAY
    with pytest.raises(TransientError):
        await ours.republish()


async def test_the_keeper_notes_failures_and_goes_on(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(pool, nylas, publisher)
    nylas.down = True
    assert (await reconciler.ensure()).failures == 1
    assert (await reconciler.ensure()).failures == 2
    assert "503" in (reconciler.state.error or "")
    nylas.down = False
    state = await reconciler.ensure()
    assert (state.error, state.failures) == (None, 0)
    assert state.destination_id in nylas.destinations


async def test_accounts_learn_their_destination_once(harness: Harness) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(harness.pool, nylas, publisher)
    await harness.add_account("g", observed_at=500)
    await harness.add_account("gone", "removed")
    id_ = (await reconciler.ensure()).destination_id or ""
    publisher.taken()
    await reconciler.once()
    await reconciler.once()
    (completed,) = publisher.taken()
    assert isinstance(completed, Account)
    assert (completed.grant_id, completed.webhook_subscription_id) == ("g", id_)
    assert completed.email_address == "g@example.com"
    assert completed.version.observed_at == 501
    await harness.pool.execute("UPDATE email_accounts SET webhook_subscription_id = $1", id_)
    await reconciler.once()
    assert publisher.taken() == []


@pytest.mark.parametrize("harm", ["failing", "failed", "pause", "inactive", "gone", "triggers"])
async def test_an_outage_is_told_once_repaired_and_made_good(harness: Harness, harm: str) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler, other = (keeper_of(harness.pool, nylas, publisher) for _ in range(2))
    await harness.quiet("g")
    old = (await reconciler.ensure()).destination_id or ""
    assert await harness.alerts() == []
    if harm == "gone":
        nylas.destinations.clear()
    elif harm == "triggers":
        nylas.destinations[old]["trigger_types"] = ["message.created"]
    else:
        nylas.destinations[old]["status"] = harm
    states = await asyncio.gather(reconciler.ensure(), other.ensure())
    (new,) = {state.destination_id for state in states}
    assert new is not None
    assert nylas.destinations[new]["status"] == "active"
    assert [(alert.kind, alert.subject) for alert in await harness.alerts()] == [
        (AlertKind.WEBHOOK_DOWN, old),
        (AlertKind.WEBHOOK_RESTORED, new),
    ]
    assert [request.kind for request in await harness.tick()] == [SyncKind.DELTA]
    await reconciler.ensure()
    assert await harness.alerts() == []


async def test_an_outage_that_cannot_be_repaired_yet_is_told_once(harness: Harness) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(harness.pool, nylas, publisher)
    await reconciler.ensure()
    nylas.destinations.clear()
    nylas.refuse_challenge = True
    for _ in range(3):
        assert (await reconciler.ensure()).error is not None
    assert [alert.kind for alert in await harness.alerts()] == [AlertKind.WEBHOOK_DOWN]
    nylas.refuse_challenge = False
    await reconciler.ensure()
    assert [alert.kind for alert in await harness.alerts()] == [AlertKind.WEBHOOK_RESTORED]


async def test_nylas_being_away_is_no_outage(harness: Harness) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(harness.pool, nylas, publisher)
    id_ = (await reconciler.ensure()).destination_id
    nylas.down = True
    state = await reconciler.ensure()
    assert (state.destination_id, state.failures) == (id_, 1)
    assert await harness.alerts() == []


async def test_a_long_outage_widens_the_comparison(harness: Harness) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(harness.pool, nylas, publisher)
    await harness.quiet("g")
    id_ = (await reconciler.ensure()).destination_id or ""
    await harness.pool.execute(
        "UPDATE account_schedules SET medium_window_at = now(), long_window_at = now()"
    )
    await harness.pool.execute("UPDATE webhook_destinations SET updated_at = now() - interval '3 days'")
    nylas.destinations[id_]["status"] = "failed"
    await reconciler.ensure()
    (request,) = await harness.tick()
    assert request.window_seconds == 7 * 86_400


async def test_a_delta_that_began_before_the_repair_is_followed_by_another(harness: Harness) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(harness.pool, nylas, publisher)
    await harness.add_account("g")
    id_ = (await reconciler.ensure()).destination_id or ""
    (begun,) = await harness.tick()
    nylas.destinations[id_]["status"] = "failed"
    await reconciler.ensure()
    await harness.take(harness.finished(begun, watermark=1))
    (another,) = await harness.tick()
    assert another.task_id != begun.task_id
    await harness.take(harness.finished(another, watermark=1))
    assert await harness.tick() == []


async def test_both_secrets_count_while_one_is_replaced(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(pool, nylas, publisher)
    id_ = (await reconciler.ensure()).destination_id or ""
    old = nylas.secret(id_)
    publisher.taken()
    assert (await reconciler.rotate()).error is None
    new = nylas.secret(id_)
    assert new != old
    assert secrets_of(publisher) == [
        (f"{id_}/replaced", "previous", old),
        (PENDING, "pending", None),
        (id_, "current", new),
        (PENDING, "pending", None),
    ]
    (stored,) = await list_destinations(pool)
    assert BOX.decrypt(stored.secret_ciphertext or "") == new


async def test_a_rotation_that_fails_half_way_is_made_again(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(pool, nylas, publisher)
    id_ = (await reconciler.ensure()).destination_id or ""
    old = nylas.secret(id_)
    nylas.down = True
    assert (await reconciler.rotate()).error is not None
    nylas.down = False
    await reconciler.ensure()
    assert nylas.secret(id_) != old
    assert (id_, "current", nylas.secret(id_)) in secrets_of(publisher)


async def test_looking_again_publishes_nothing(pool: asyncpg.Pool) -> None:
    nylas, publisher = NylasStub(), RecordingPublisher()
    reconciler = keeper_of(pool, nylas, publisher)
    await reconciler.ensure()
    publisher.taken()
    await reconciler.ensure()
    assert publisher.taken() == []
