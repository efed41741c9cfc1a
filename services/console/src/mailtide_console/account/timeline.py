"""The timeline of an account, newest first. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from mailtide_console import limits
from mailtide_console.layout.words import plural

from .store import Account, Action, Incident, Task

KINDS = {
    "delta": "Sync",
    "backfill": "Download of all mail",
    "audit": "Audit",
    "account": "Check of the grant and its folders",
    "purge": "Purge",
}

OUTCOMES = {
    "failed": ("bad", "failed"),
    "throttled": ("warn", "throttled"),
    "grant-invalid": ("bad", "stopped: the grant is not valid"),
    "not-found": ("warn", "found nothing"),
    "dropped": ("off", "cancelled"),
}


class Moment(NamedTuple):
    """A line of the timeline."""

    at: datetime
    tone: str
    title: str
    detail: str = ""


def timeline(
    account: Account,
    tasks: Sequence[Task],
    incidents: Sequence[Incident],
    actions: Sequence[Action],
    webhook: datetime | None,
) -> list[Moment]:
    """Return an account's timeline, newest first. Syncs in a row that found nothing become one line."""
    moments = [*_connected(account), *_webhook(webhook)]
    moments += (_task(task) for task in tasks)
    for incident in incidents:
        moments += _incident(incident)
    moments += (_action(action) for action in actions)
    return list(_merged(sorted(moments, key=lambda moment: moment.at, reverse=True)))


def _connected(account: Account) -> Iterable[Moment]:
    if account.connected_at is not None:
        yield Moment(account.connected_at, "ok", "Connected")


def _webhook(webhook: datetime | None) -> Iterable[Moment]:
    if webhook is not None:
        detail = f"the newest about any of the {limits.WEBHOOK_SEARCHED} newest messages"
        yield Moment(webhook, "ok", "Webhook received", detail)


def _task(task: Task) -> Moment:
    name = KINDS.get(task.kind, task.kind)
    found = f"{plural(task.synced_count, 'message')} new or changed" if task.synced_count else ""
    if task.error and task.outcome not in {None, "ok"}:
        tone, what = OUTCOMES.get(task.outcome or "", ("bad", task.outcome or "failed"))
        attempts = f" (attempt {task.attempts})" if task.state != "done" and task.attempts > 1 else ""
        return Moment(task.at, tone, f"{name} {what}{attempts}", task.error)
    if task.state == "leased":
        return Moment(task.at, "wait", f"{name} is running", found)
    if task.state == "pending":
        return Moment(task.at, "wait", f"{name} is planned", task.reason or "")
    if task.outcome in OUTCOMES:
        tone, what = OUTCOMES[task.outcome]
        return Moment(task.at, tone, f"{name} {what}")
    if not found and task.kind == "delta":
        return Moment(task.at, "ok", NOTHING_NEW)
    return Moment(task.at, "ok", f"{name}: {found or 'nothing new'}")


NOTHING_NEW = "Sync: nothing new"


def _incident(incident: Incident) -> Iterable[Moment]:
    name = incident.kind.replace("-", " ")
    yield Moment(incident.opened_at, "bad", f"Incident opened: {name}", incident.reason)
    if incident.ended_at is not None and incident.ended_at > incident.opened_at:
        yield Moment(incident.ended_at, "ok", f"Incident ended: {name}")


def _action(action: Action) -> Moment:
    who = action.operator or "An operator"
    what = action.action.replace("_", " ")
    parameters = ", ".join(f"{name} {value}" for name, value in action.detail.items())
    if action.status is None:
        return Moment(action.at, "warn", f"{who}: {what}, outcome unknown", "no result was recorded")
    if action.status < 400:
        return Moment(action.at, "wait", f"{who}: {what}", parameters)
    if action.status < 500:
        return Moment(action.at, "warn", f"{who}: {what}, refused", action.error or "")
    return Moment(action.at, "bad", f"{who}: {what}, failed", action.error or "")


def _merged(moments: Iterable[Moment]) -> Iterable[Moment]:
    """Yield the lines. Replace syncs in a row that found nothing by one line with their number."""
    quiet: list[Moment] = []
    for moment in moments:
        if moment.title == NOTHING_NEW:
            quiet.append(moment)
            continue
        yield from _quiet(quiet)
        quiet = []
        yield moment
    yield from _quiet(quiet)


def _quiet(quiet: Sequence[Moment]) -> Iterable[Moment]:
    if quiet:
        newest = quiet[0]
        detail = f"{len(quiet)} times since {quiet[-1].at:%Y-%m-%d %H:%M} UTC" if len(quiet) > 1 else ""
        yield newest._replace(detail=detail)
