"""Renders notices as text for people, and as events for programs. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Template
from typing import Any
from uuid import UUID

from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.incident_cures import CURES, cure_of
from mailtide_common.contracts.times import MICROSECONDS, in_datetime
from mailtide_notifier import limits
from mailtide_notifier.channels.outgoing import Outgoing

from .links import link
from .notice import NoticeEvent
from .store import NewDelivery, WaitingNotice
from .words import PHRASES, shown, shown_command

HIDDEN = "(hidden)"

_TYPES = {
    NoticeEvent.OPENED: "mailtide.alert.opened",
    NoticeEvent.REMINDER: "mailtide.alert.reminder",
    NoticeEvent.ENDED: "mailtide.alert.ended",
    NoticeEvent.MAIL: "mailtide.mail.important",
}
_PREFIXES = {NoticeEvent.OPENED: "", NoticeEvent.REMINDER: "Still: ", NoticeEvent.ENDED: "Over: "}


def delivery(
    id_: UUID,
    notices: Sequence[WaitingNotice],
    mailboxes: Mapping[UUID, str],
    *,
    allow_content: bool,
    console_url: str | None,
    now: datetime,
) -> NewDelivery:
    """Render notices into one delivery.

    Args:
        id_: id of the delivery.
        notices: at least one; all of the same channel, event and topic.
        mailboxes: e-mail addresses by account id; unknown ones are absent.
        allow_content: whether senders and subjects of mail may be included.
        console_url: where operators' browsers reach the console; None: alerts have no links.
        now: time of assembly, the event's `timestamp`.
    """
    first = notices[0]
    if first.event is NoticeEvent.MAIL:
        label, title, lines = _mail(notices, mailboxes, allow_content)
        items = [_mail_item(notice, mailboxes, allow_content) for notice in notices]
    else:
        label, title, lines = _alert(first.event, notices, mailboxes, console_url)
        items = [_alert_item(notice, mailboxes, console_url) for notice in notices]
    data = {"title": title, "count": len(notices), "notices": items}
    event = {"type": _TYPES[first.event], "timestamp": now.isoformat(), "data": data}
    text = "\n".join([*lines, "", f"Notice {id_}"])
    payload = {"title": title, "text": text, "event": event}
    return NewDelivery(
        id_, first.channel_id, first.event.value, label, payload, tuple(notice.id for notice in notices)
    )


def outgoing(id_: UUID, payload: Mapping[str, Any]) -> Outgoing:
    """Return the message of a stored delivery."""
    return Outgoing(id_, payload["title"], payload["text"], payload["event"])


def trial(id_: UUID, channel: str, now: datetime) -> Outgoing:
    """Return the test message for the channel named `channel`."""
    title = "Mailtide: a test"
    text = f"This channel ({channel}) works.\n\nNotice {id_}"
    data = {"title": title, "count": 0, "notices": []}
    return Outgoing(id_, title, text, {"type": "mailtide.test", "timestamp": now.isoformat(), "data": data})


def moment(microseconds: int) -> str:
    """Format a time (microseconds since 1970) for people, in UTC and to the minute."""
    return f"{in_datetime(microseconds):%Y-%m-%d %H:%M} UTC"


def _alert(
    event: NoticeEvent,
    notices: Sequence[WaitingNotice],
    mailboxes: Mapping[UUID, str],
    console_url: str | None,
) -> tuple[str, str, list[str]]:
    kind = AlertKind(notices[0].topic)
    one, many = PHRASES[kind]
    names = [_whose(notice, mailboxes) for notice in notices]
    prefix = _PREFIXES[event]
    subjects = len({notice.detail["subject"] for notice in notices})
    title = f"{prefix}{one}: {names[0]}" if subjects == 1 else f"{prefix}{subjects} {many}, first {names[0]}"
    lines = _bounded([_alert_line(notice, name) for notice, name in zip(notices, names, strict=True)])
    if event is not NoticeEvent.ENDED:
        lines += ["", *_cure_lines(kind, notices, mailboxes, subjects)]
    page = _link(notices[0], mailboxes, console_url) if subjects == 1 else link(console_url, kind)
    if page is not None:
        lines += ["", f"Console: {page}"]
    return title, title, lines


def _cure_lines(
    kind: AlertKind, notices: Sequence[WaitingNotice], mailboxes: Mapping[UUID, str], subjects: int
) -> list[str]:
    """Return what to do about incidents of a kind, as a text and a command.

    `subjects` is the number of their subjects. It may be less than that of the notices, because an incident
    may open again before a digest is sent.
    """
    cure, command = _cure(notices[0], mailboxes)
    if any(_cure(notice, mailboxes)[0] != cure for notice in notices):
        cure, _ = CURES[kind]  # the cure of the first one may be wrong for the others
    return [f"What to do: {cure}", shown_command(command) if subjects == 1 else "mailtide status"]


def _link(notice: WaitingNotice, mailboxes: Mapping[UUID, str], console_url: str | None) -> str | None:
    account = notice.account_id if notice.account_id in mailboxes else None
    return link(console_url, AlertKind(notice.topic), account)


def _cure(notice: WaitingNotice, mailboxes: Mapping[UUID, str]) -> tuple[str, str]:
    """Return what to do about a notice's incident, as a text and as a command."""
    return cure_of(AlertKind(notice.topic), mailboxes.get(notice.account_id) or notice.detail["subject"])


def _alert_line(notice: WaitingNotice, name: str) -> str:
    detail = notice.detail
    until = "" if detail["ended_at"] is None else f" until {moment(detail['ended_at'])}"
    return f"{name}: {shown(detail['reason'])} (since {moment(detail['opened_at'])}{until})"


def _whose(notice: WaitingNotice, mailboxes: Mapping[UUID, str]) -> str:
    return shown(mailboxes.get(notice.account_id) or notice.detail["subject"])


def _alert_item(
    notice: WaitingNotice, mailboxes: Mapping[UUID, str], console_url: str | None
) -> dict[str, Any]:
    detail, mailbox = notice.detail, mailboxes.get(notice.account_id)
    cure, command = _cure(notice, mailboxes)
    return {
        "id": str(notice.id),
        "kind": notice.topic,
        "subject": detail["subject"],
        "account_id": mailbox and str(notice.account_id),
        "mailbox": mailbox,
        "reason": detail["reason"],
        "opened_at": in_datetime(detail["opened_at"]).isoformat(),
        "ended_at": None if detail["ended_at"] is None else in_datetime(detail["ended_at"]).isoformat(),
        "cure": cure,
        "command": command,
        "url": _link(notice, mailboxes, console_url),
    }


def _mail(
    notices: Sequence[WaitingNotice], mailboxes: Mapping[UUID, str], allow_content: bool
) -> tuple[str, str, list[str]]:
    rule = shown(notices[0].detail["rule"])
    label = f"important mail: {rule}"
    named = [_named(notice, mailboxes, allow_content) for notice in notices]
    if len(notices) == 1:
        (fields,) = named
        about = f"{fields['sender']}: {fields['subject']}" if allow_content else f"for {fields['mailbox']}"
        return label, f"Important mail ({rule}): {about}", _mail_lines(notices[0], fields, allow_content)
    lines = [
        f"{fields['sender']}: {fields['subject']}" if allow_content else f"for {fields['mailbox']}"
        for fields in named
    ]
    return label, f"{len(notices)} important mails ({rule})", _bounded(lines)


def _mail_lines(notice: WaitingNotice, fields: Mapping[str, str], allow_content: bool) -> list[str]:
    if (template := notice.detail["template"]) is not None:
        return [Template(template).safe_substitute(fields)]
    content = [f"From: {fields['sender']}", f"Subject: {fields['subject']}"] if allow_content else []
    received = moment(notice.detail["received_at"] * MICROSECONDS)
    return [*content, f"Mailbox: {fields['mailbox']}", f"Received: {received}"]


def _named(notice: WaitingNotice, mailboxes: Mapping[UUID, str], allow_content: bool) -> dict[str, str]:
    detail = notice.detail
    content = (
        {
            "sender": shown(detail["sender"]) or "(no sender)",
            "subject": shown(detail["subject"]) or "(no subject)",
        }
        if allow_content
        else {"sender": HIDDEN, "subject": HIDDEN}
    )
    return {
        **content,
        "rule": shown(detail["rule"]),
        "mailbox": shown(mailboxes.get(notice.account_id)) or f"account {notice.account_id}",
    }


def _mail_item(notice: WaitingNotice, mailboxes: Mapping[UUID, str], allow_content: bool) -> dict[str, Any]:
    detail = notice.detail
    content = {"sender": detail["sender"], "subject": detail["subject"]} if allow_content else {}
    return {
        "id": str(notice.id),
        "rule": detail["rule"],
        "account_id": str(notice.account_id),
        "mailbox": mailboxes.get(notice.account_id),
        "message_id": detail["message_id"],
        "received_at": in_datetime(detail["received_at"] * MICROSECONDS).isoformat(),
        **content,
    }


def _bounded(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - limits.DIGEST_NAMED
    return list(lines) if rest <= 0 else [*lines[: limits.DIGEST_NAMED], f"and {rest} more"]
