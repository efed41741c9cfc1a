"""Each transition of an incident becomes one notice, however often records are repeated."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailtide_common.contracts.events import AlertKind, Event
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.runtime.clock import now_us
from mailtide_harness.notifier import MAX_AGE, Harness, end_of, raised

URL = "http://127.0.0.1:1/"
KINDS = (AlertKind.GRANT_INVALID, AlertKind.SYNC_FAILING)


@dataclass
class Model:
    """The log of alerts, and the notices that it must cause."""

    log: list[Event] = field(default_factory=list)
    told: list[tuple[str, str, str, int]] = field(default_factory=list)
    open: dict[tuple[AlertKind, str], int] = field(default_factory=dict)

    def raise_(self, kind: AlertKind, subject: str, at: int) -> None:
        """Open an incident, or publish another alert of an open one."""
        self.log.append(raised(subject, kind, at))
        self.open[kind, subject] = at
        self.told.append(("opened", kind, subject, at))

    def end(self, kind: AlertKind, subject: str) -> None:
        at = self.open.pop((kind, subject), None)
        if at is not None:
            self.log.append(end_of(raised(subject, kind, at)))
            self.told.append(("ended", kind, subject, at))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["raise", "end", "redeliver"]),
        st.sampled_from(KINDS),
        st.sampled_from(["g", "h"]),
        st.integers(0, 5),
    ),
    max_size=14,
)


@pytest.mark.fault
@given(steps=STEPS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_transition_is_told_once_however_often_the_log_is_read(
    harness: Harness, steps: list[tuple[str, AlertKind, str, int]]
) -> None:
    """INV-37."""
    await harness.pool.execute("TRUNCATE notice_channels, notice_incidents, notices CASCADE")
    everything = await harness.channel(URL, "all")
    some = await harness.channel(URL, "some", alerts=(KINDS[0],))
    model, begin = Model(), now_us()
    for number, (step, kind, subject, back) in enumerate(steps):
        if step == "raise":
            model.raise_(kind, subject, begin + number)
        elif step == "end":
            model.end(kind, subject)
        # As after a crash before the commit: the last ones are read again.
        await harness.alerts(*model.log[-back - 1 :])
    await harness.alerts(*model.log)
    notices = [
        (n["event"], n["topic"], n["detail"]["subject"], n["detail"]["opened_at"], n["channel_id"])
        for n in await harness.notices()
    ]
    assert sorted(notices) == sorted(
        [(*told, everything.id) for told in model.told]
        + [(*told, some.id) for told in model.told if told[1] == KINDS[0]]
    )


async def test_old_incidents_are_noted_but_not_told(harness: Harness) -> None:
    await harness.channel(URL)
    old = raised(at=now_us() - (MAX_AGE + 60) * MICROSECONDS)
    await harness.alerts(old, end_of(old))
    assert await harness.notices() == []
    assert (
        await harness.pool.fetchval("SELECT count(*) FROM notice_incidents WHERE ended_at IS NOT NULL") == 1
    )


async def test_the_end_is_told_to_those_who_were_told_the_beginning(harness: Harness) -> None:
    first = await harness.channel(URL, "first")
    alert = raised()
    await harness.alerts(alert)
    await harness.channel(URL, "later")
    await harness.alerts(end_of(alert))
    assert {(n["event"], n["channel_id"]) for n in await harness.notices()} == {
        ("opened", first.id),
        ("ended", first.id),
    }


async def test_a_restored_webhook_is_told_as_the_end_of_its_incident_only(harness: Harness) -> None:
    await harness.channel(URL)
    down = raised("d", AlertKind.WEBHOOK_DOWN)
    await harness.alerts(down, end_of(down), raised("d", AlertKind.WEBHOOK_RESTORED))
    assert [n["event"] for n in await harness.notices()] == ["ended", "opened"]


async def test_a_lasting_incident_is_reminded_of_at_the_channels_pace(harness: Harness) -> None:
    await harness.channel(URL, "patient")
    eager = await harness.channel(URL, "eager", reminder_seconds=60)
    alert = raised()
    await harness.alerts(alert)

    async def reminders_after(seconds: int) -> list[int]:
        await harness.pool.execute(
            "UPDATE notices SET created_at = created_at - make_interval(secs => $1), state = 'assembled'",
            seconds,
        )
        channels = await harness.channels.list()
        await harness.follower.remind(channels)
        await harness.follower.remind(channels)
        return [n["channel_id"] for n in await harness.notices() if n["event"] == "reminder"]

    assert await reminders_after(30) == []
    assert await reminders_after(31) == [eager.id]
    assert await reminders_after(61) == [eager.id, eager.id]
    await harness.alerts(end_of(alert))
    assert await reminders_after(61) == [eager.id, eager.id]


async def test_what_is_no_alert_or_unreadable_is_left_to_others(harness: Harness) -> None:
    from mailtide_common.contracts.codec import Record  # noqa: PLC0415
    from mailtide_common.contracts.topics import SYNC_EVENTS  # noqa: PLC0415

    odd = [
        Record(SYNC_EVENTS.name, 0, 0, b"g", b"{}", [("type", b"mail.alert-raised.v1")], 0),
        Record(SYNC_EVENTS.name, 0, 1, b"g", b"\xff", [("type", b"mail.sync-finished.v1")], 0),
        Record(SYNC_EVENTS.name, 0, 2, b"g", None, [], 0),
    ]
    assert await harness.follower.handle(odd) == []
