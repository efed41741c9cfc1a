"""Decides which rules make a message important, and which channels announce it. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mailtide_common.contracts.api.channels import Channel
from mailtide_common.contracts.api.rules import Rule
from mailtide_notifier import limits
from mailtide_notifier.outbox.notice import Notice, NoticeEvent, notice_id

from .match import Content, State, content_matches, state_matches


@dataclass(frozen=True, slots=True)
class Candidate:
    """A new live message that may be important. Its state may arrive after its content."""

    id: UUID
    """As returned by `keys.message_uuid`."""
    account_id: UUID
    message_id: str
    received_at: int
    """Unix seconds."""
    content: Content
    state: State | None = None


class HourlyCounts:
    """Counts the notices of each rule to each channel within the last hour.

    `counts` has the numbers of stored notices, by rule id and channel id. Notices for a digest do not count.
    """

    def __init__(self, counts: Mapping[tuple[UUID, UUID], int]) -> None:
        self._counts = dict(counts)

    def exceeds(self, rule: Rule, channel_id: UUID) -> bool:
        """Return whether one more notice would exceed the rule's limit. If not, count the notice."""
        number = self._counts.get((rule.id, channel_id), 0)
        if rule.max_per_hour is not None and number >= rule.max_per_hour:
            return True
        self._counts[rule.id, channel_id] = number + 1
        return False


def important(
    candidate: Candidate,
    roles: Collection[str],
    rules: Iterable[Rule],
    channels: Mapping[UUID, Channel],
    *,
    told: Collection[UUID],
    counts: HourlyCounts,
) -> list[Notice]:
    """Return one notice for each enabled channel of the matching rules.

    There are none if the candidate has no state yet. If several matching rules have the same channel, the
    first of them causes its notice. A notice beyond a rule's hourly limit is delayed, and sent in a digest.

    Args:
        candidate: the message.
        roles: roles of the folders that contain the message.
        rules: the enabled rules, in order of precedence.
        channels: channels by id.
        told: ids of notices that are already stored. They are neither returned nor counted again.
        counts: notices of the last hour; new notices are added.
    """
    state = candidate.state
    if state is None:
        return []
    found: dict[UUID, Notice] = {}
    for rule in rules:
        conditions = rule.conditions
        if not content_matches(conditions, candidate.account_id, candidate.content):
            continue
        if not state_matches(conditions, state, roles):
            continue
        for channel_id in rule.channels:
            channel = channels.get(channel_id)
            id_ = notice_id(channel_id, NoticeEvent.MAIL, candidate.id)
            if channel is None or not channel.enabled or channel_id in found or id_ in told:
                continue
            late = counts.exceeds(rule, channel_id)
            found[channel_id] = Notice(
                id=id_,
                channel_id=channel_id,
                event=NoticeEvent.MAIL,
                topic=str(rule.id),
                about=candidate.id,
                account_id=candidate.account_id,
                detail=_detail(candidate, rule, channel),
                digest=late,
                delay_seconds=limits.MAIL_WINDOW_SECONDS if late else 0.0,
            )
    return list(found.values())


def _detail(candidate: Candidate, rule: Rule, channel: Channel) -> dict[str, Any]:
    content = candidate.content
    return {
        "rule": rule.name,
        "template": rule.template,
        "message_id": candidate.message_id,
        "received_at": candidate.received_at,
        "sender": content.sender if channel.allow_content else None,
        "subject": content.subject if channel.allow_content else None,
    }
