"""The webhook destination: created, repaired, adopted, and its secret never lost."""

import asyncio
from math import isnan

import asyncpg
import pytest
from prometheus_client import REGISTRY

from mailtide_common.contracts.events import Account, AlertKind, SyncKind
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import TransientError
from mailtide_harness.publisher import AWAY
from mailtide_harness.servers.nylas_webhooks import BOX, URL, WebhookHarness
from mailtide_nylas import NylasPermanentError, NylasTransientError
from mailtide_nylas.webhooks.notifications import TRIGGERS
from mailtide_scheduler.database import transaction
from mailtide_scheduler.incidents.incidents import open_incident
from mailtide_scheduler.webhooks.secret_publisher import PENDING
from mailtide_scheduler.webhooks.store import list_destinations


@pytest.fixture
def harness(pool: asyncpg.Pool) -> WebhookHarness:
    return WebhookHarness(pool)


async def test_an_absent_destination_is_created_once(harness: WebhookHarness) -> None:
    id_, other = await asyncio.gather(harness.ensurer.ensure(), harness.beside().ensurer.ensure())
    assert id_ == other
    assert list(harness.nylas.destinations) == [id_]
    made = harness.nylas.destinations[id_]
    assert (made["webhook_url"], set(made["trigger_types"])) == (URL, set(TRIGGERS))
    assert made["compressed_delivery"] is True
    assert harness.secrets() == [
        (PENDING, "pending", None),
        (id_, "current", harness.nylas.secret(id_)),
        (PENDING, "pending", None),
        (id_, "current", harness.nylas.secret(id_)),
    ]


async def test_the_pending_mark_begins_before_the_secret_and_ends_after_it(harness: WebhookHarness) -> None:
    await harness.ensurer.ensure()
    begun, _, ended = harness.publisher.taken()
    assert begun.expires_at > now_us()
    assert ended.expires_at <= now_us()
    assert ended.changed_at >= begun.changed_at


async def test_the_secret_is_stored_encrypted(harness: WebhookHarness) -> None:
    """INV-29."""
    id_ = await harness.ensurer.ensure()
    (stored,) = await list_destinations(harness.pool)
    assert harness.nylas.secret(id_) not in (stored.secret_ciphertext or "")
    assert BOX.decrypt(stored.secret_ciphertext or "") == harness.nylas.secret(id_)


async def test_wrong_triggers_and_a_silent_destination_are_repaired(harness: WebhookHarness) -> None:
    id_ = await harness.ensurer.ensure()
    harness.nylas.destinations[id_] |= {"trigger_types": ["message.created"], "status": "failed"}
    secret = harness.nylas.secret(id_)
    assert await harness.ensurer.ensure() == id_
    assert set(harness.nylas.destinations[id_]["trigger_types"]) == set(TRIGGERS)
    assert harness.nylas.destinations[id_]["status"] == "active"
    assert harness.nylas.secret(id_) == secret


async def test_a_destination_whose_secret_nobody_knows_gets_a_new_one(harness: WebhookHarness) -> None:
    id_ = await harness.ensurer.ensure()
    await harness.pool.execute("DELETE FROM webhook_destinations")
    old = harness.nylas.secret(id_)
    harness.publisher.taken()
    assert await harness.ensurer.ensure() == id_
    assert harness.nylas.secret(id_) != old
    assert (id_, "current", harness.nylas.secret(id_)) in harness.secrets()
    assert await harness.beside(box=SecretBox("another")).ensurer.ensure() == id_
    assert harness.nylas.secret(id_) != old


async def test_a_secret_that_the_operator_keeps_is_never_rotated(harness: WebhookHarness) -> None:
    harness.nylas.destinations["theirs"] = {
        "id": "theirs",
        "webhook_url": URL,
        "trigger_types": ["message.created"],
        "status": "active",
        "webhook_secret": "kept",
    }
    assert await harness.beside(operator_keeps_secret=True).ensurer.ensure() == "theirs"
    assert harness.nylas.secret("theirs") == "kept"
    assert set(harness.nylas.destinations["theirs"]["trigger_types"]) == set(TRIGGERS)
    assert harness.secrets() == []


async def test_what_fails_after_nylas_made_it_is_recovered(harness: WebhookHarness) -> None:
    await harness.pool.execute("ALTER TABLE webhook_destinations ADD CONSTRAINT broken CHECK (false)")
    with pytest.raises(asyncpg.CheckViolationError):
        await harness.ensurer.ensure()
    await harness.pool.execute("ALTER TABLE webhook_destinations DROP CONSTRAINT broken")
    id_ = await harness.ensurer.ensure()
    assert len(harness.nylas.destinations) == 1
    assert (id_, "current", harness.nylas.secret(id_)) in harness.secrets()


async def test_a_refusal_ends_the_pending_mark_and_an_outage_leaves_it(harness: WebhookHarness) -> None:
    harness.nylas.refuse_challenge = True
    with pytest.raises(NylasPermanentError):
        await harness.ensurer.ensure()
    begun, ended = harness.publisher.taken()
    assert begun.expires_at > now_us() >= ended.expires_at
    harness.nylas.down = True
    with pytest.raises(NylasTransientError):
        await harness.ensurer.ensure()
    assert harness.publisher.taken() == []


async def test_a_destination_deleted_at_nylas_is_made_anew_and_its_secret_counts_for_a_while(
    harness: WebhookHarness,
) -> None:
    old = await harness.ensurer.ensure()
    secret = harness.nylas.secret(old)
    harness.nylas.destinations.clear()
    harness.publisher.taken()
    new = await harness.ensurer.ensure()
    assert new != old
    assert [each.id for each in await list_destinations(harness.pool)] == [new]
    assert (old, "previous", secret) in harness.secrets()


async def test_stored_secrets_are_published_again(harness: WebhookHarness) -> None:
    id_ = await harness.ensurer.ensure()
    harness.publisher.taken()
    await harness.ensurer.republish()
    assert harness.secrets() == [(id_, "current", harness.nylas.secret(id_))]
    harness.publisher.error = AWAY
    with pytest.raises(TransientError):
        await harness.ensurer.republish()


async def test_the_keeper_notes_failures_and_goes_on(harness: WebhookHarness) -> None:
    harness.nylas.down = True
    assert (await harness.reconciler.ensure()).failures == 1
    assert (await harness.reconciler.ensure()).failures == 2
    assert "503" in (harness.reconciler.state.error or "")
    assert not harness.reconciler.state.person_needed, "it ends by itself"
    harness.nylas.down = False
    state = await harness.reconciler.ensure()
    assert (state.error, state.failures) == (None, 0)
    assert state.destination_id in harness.nylas.destinations


async def test_accounts_learn_their_destination_once(harness: WebhookHarness) -> None:
    await harness.add_account("g", observed_at=500)
    await harness.add_account("gone", "removed")
    id_ = await harness.ensure()
    harness.publisher.taken()
    await harness.reconciler.once()
    await harness.reconciler.once()
    (completed,) = harness.publisher.taken()
    assert isinstance(completed, Account)
    assert (completed.grant_id, completed.webhook_subscription_id) == ("g", id_)
    assert completed.email_address == "g@example.com"
    assert completed.version.observed_at == 501
    await harness.pool.execute("UPDATE email_accounts SET webhook_subscription_id = $1", id_)
    await harness.reconciler.once()
    assert harness.publisher.taken() == []


@pytest.mark.parametrize("harm", ["failing", "failed", "pause", "inactive", "gone", "triggers"])
async def test_an_outage_is_told_once_repaired_and_made_good(harness: WebhookHarness, harm: str) -> None:
    other = harness.beside().reconciler
    await harness.quiet("g")
    old = await harness.ensure()
    assert await harness.alerts() == []
    if harm == "gone":
        harness.nylas.destinations.clear()
    elif harm == "triggers":
        harness.nylas.destinations[old]["trigger_types"] = ["message.created"]
    else:
        harness.nylas.destinations[old]["status"] = harm
    states = await asyncio.gather(harness.reconciler.ensure(), other.ensure())
    (new,) = {state.destination_id for state in states}
    assert new is not None
    assert harness.nylas.destinations[new]["status"] == "active"
    assert [(alert.kind, alert.subject) for alert in await harness.alerts()] == [
        (AlertKind.WEBHOOK_DOWN, old),
        (AlertKind.WEBHOOK_RESTORED, new),
    ]
    assert [request.kind for request in await harness.tick()] == [SyncKind.DELTA]
    await harness.reconciler.ensure()
    assert await harness.alerts() == []


async def test_an_outage_that_cannot_be_repaired_yet_is_told_once(harness: WebhookHarness) -> None:
    await harness.reconciler.ensure()
    harness.nylas.destinations.clear()
    harness.nylas.refuse_challenge = True
    for _ in range(3):
        assert (await harness.reconciler.ensure()).error is not None
    assert [alert.kind for alert in await harness.alerts()] == [AlertKind.WEBHOOK_DOWN]
    harness.nylas.refuse_challenge = False
    await harness.reconciler.ensure()
    assert [alert.kind for alert in await harness.alerts()] == [AlertKind.WEBHOOK_RESTORED]


async def test_nylas_being_away_is_no_outage(harness: WebhookHarness) -> None:
    id_ = await harness.ensure()
    harness.nylas.down = True
    state = await harness.reconciler.ensure()
    assert (state.destination_id, state.failures) == (id_, 1)
    assert await harness.alerts() == []


async def test_a_long_outage_widens_the_comparison(harness: WebhookHarness) -> None:
    await harness.quiet("g")
    id_ = await harness.ensure()
    await harness.pool.execute(
        "UPDATE account_schedules SET medium_window_at = now(), long_window_at = now()"
    )
    await harness.pool.execute("UPDATE webhook_destinations SET updated_at = now() - interval '3 days'")
    harness.nylas.destinations[id_]["status"] = "failed"
    await harness.reconciler.ensure()
    (request,) = await harness.tick()
    assert request.window_seconds == 7 * 86_400


async def test_a_delta_that_began_before_the_repair_is_followed_by_another(harness: WebhookHarness) -> None:
    await harness.add_account("g")
    id_ = await harness.ensure()
    (begun,) = await harness.tick()
    harness.nylas.destinations[id_]["status"] = "failed"
    await harness.reconciler.ensure()
    await harness.take(harness.finished(begun, watermark=1))
    (another,) = await harness.tick()
    assert another.task_id != begun.task_id
    await harness.take(harness.finished(another, watermark=1))
    assert await harness.tick() == []


async def test_both_secrets_count_while_one_is_replaced(harness: WebhookHarness) -> None:
    id_ = await harness.ensure()
    old = harness.nylas.secret(id_)
    harness.publisher.taken()
    assert (await harness.reconciler.rotate()).error is None
    new = harness.nylas.secret(id_)
    assert new != old
    assert harness.secrets() == [
        (f"{id_}/replaced", "previous", old),
        (PENDING, "pending", None),
        (id_, "current", new),
        (PENDING, "pending", None),
    ]
    (stored,) = await list_destinations(harness.pool)
    assert BOX.decrypt(stored.secret_ciphertext or "") == new


async def test_a_rotation_that_fails_half_way_is_made_again(harness: WebhookHarness) -> None:
    id_ = await harness.ensure()
    old = harness.nylas.secret(id_)
    harness.nylas.down = True
    assert (await harness.reconciler.rotate()).error is not None
    harness.nylas.down = False
    await harness.reconciler.ensure()
    assert harness.nylas.secret(id_) != old
    assert (id_, "current", harness.nylas.secret(id_)) in harness.secrets()


async def test_looking_again_publishes_nothing(harness: WebhookHarness) -> None:
    await harness.reconciler.ensure()
    harness.publisher.taken()
    await harness.reconciler.ensure()
    assert harness.publisher.taken() == []


async def test_a_refused_challenge_names_the_command_that_tests_it(harness: WebhookHarness) -> None:
    harness.nylas.refuse_challenge = True
    state = await harness.reconciler.ensure()
    error = state.error or ""
    assert state.person_needed
    assert "PUBLIC_URL did not answer Nylas' challenge (check with `mailtide webhooks test`)" in error
    assert "status=400" in error


async def test_a_refused_listing_is_not_blamed_on_the_url(harness: WebhookHarness) -> None:
    harness.nylas.refuse_list = True
    state = await harness.reconciler.ensure()
    assert state.person_needed
    assert (state.error or "").startswith("GET /v3/webhooks ")
    assert "status=403" in (state.error or "")


async def test_a_refused_api_key_is_one_incident_that_names_the_settings(harness: WebhookHarness) -> None:
    harness.nylas.refuse_key = True
    for _ in range(2):
        state = await harness.reconciler.ensure()
    assert (state.error or "").startswith("check NYLAS_API_KEY and NYLAS_API_URI (US or EU)")
    (alert,) = await harness.alerts()
    assert (alert.kind, alert.subject, alert.reason) == (AlertKind.KEY_REFUSED, "nylas", state.error)
    harness.nylas.refuse_key = False
    await harness.reconciler.ensure()
    assert await harness.pool.fetchval("SELECT ended > opened FROM incidents")


async def test_a_destination_that_mailtide_does_not_manage_is_not_reported_as_inactive(
    harness: WebhookHarness,
) -> None:
    """The alert on a value below 1 would never end."""
    await harness.ensure()
    await harness.beside(managed=False).reconciler.run()
    active = REGISTRY.get_sample_value("mailtide_scheduler_webhook_active")
    assert active is not None
    assert isnan(active)


async def test_without_management_the_incidents_that_only_a_check_can_end_end(
    harness: WebhookHarness,
) -> None:
    await harness.ensure()
    harness.nylas.refuse_key = True
    await harness.ensure()
    async with transaction(harness.pool) as connection:
        for kind in (AlertKind.WEBHOOK_DOWN, AlertKind.WEBHOOK_SILENT, AlertKind.SYNC_FAILING):
            await open_incident(connection, kind, "d", "r", now_us())
    await harness.beside(managed=False).reconciler.run()
    open_ = await harness.pool.fetch("SELECT kind FROM incidents WHERE ended_at IS NULL")
    assert [row["kind"] for row in open_] == [AlertKind.SYNC_FAILING]
