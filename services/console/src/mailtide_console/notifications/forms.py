"""Forms of channels and rules, and their conversion to and from the API's models. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field, SecretStr

from mailtide_common.contracts.api.channels import (
    Channel,
    ChannelKind,
    ChannelSettings,
    NewChannel,
)
from mailtide_common.contracts.api.rules import Rule, RuleSettings
from mailtide_common.contracts.events import AlertKind
from mailtide_console.layout.form import Returning

Choice = Literal["", "yes", "no"]
"""Whether a condition must be true or false; empty if it does not matter."""


class ChannelForm(Returning):
    """The fields of a channel's form, as the browser sends them."""

    name: str = ""
    kind: ChannelKind = ChannelKind.APPRISE
    url: SecretStr = SecretStr("")
    """Required for a new channel. If it is empty, a change keeps the stored URL."""
    enabled: bool = False
    all_alerts: bool = False
    alerts: tuple[AlertKind, ...] = ()
    allow_content: bool = False
    quiet_from: str = ""
    quiet_until: str = ""
    time_zone: str = "UTC"
    digest_seconds: int = 30
    reminder_hours: str = ""

    @classmethod
    def new(cls, kind: ChannelKind) -> "ChannelForm":
        """Return the form of a new channel, with its defaults."""
        return cls(kind=kind, enabled=True, all_alerts=True)

    @classmethod
    def of(cls, channel: Channel) -> "ChannelForm":
        quiet = channel.quiet
        return cls(
            name=channel.name,
            kind=channel.kind,
            enabled=channel.enabled,
            all_alerts=channel.alerts is None,
            alerts=channel.alerts or (),
            allow_content=channel.allow_content,
            quiet_from=f"{quiet.from_:%H:%M}" if quiet else "",
            quiet_until=f"{quiet.until:%H:%M}" if quiet else "",
            time_zone=quiet.time_zone if quiet else "UTC",
            digest_seconds=channel.digest_seconds,
            reminder_hours=f"{channel.reminder_seconds / 3_600:g}" if channel.reminder_seconds else "",
        )

    def created(self) -> NewChannel:
        """Return the request that creates the channel.

        Raises:
            ValueError: a field is not valid. It may be a pydantic `ValidationError`.
        """
        return NewChannel.model_validate({**self._settings(), "kind": self.kind, "url": self.url})

    def changed(self) -> ChannelSettings:
        """Return the request that changes the channel.

        Raises:
            ValueError: a field is not valid. It may be a pydantic `ValidationError`.
        """
        url = self.url if self.url.get_secret_value() else None
        return ChannelSettings.model_validate({**self._settings(), "url": url})

    def _settings(self) -> dict[str, object]:
        quiet = None
        if self.quiet_from or self.quiet_until:
            zone = self.time_zone or "UTC"
            quiet = {"from": self.quiet_from, "until": self.quiet_until, "time_zone": zone}
        return {
            "name": self.name.strip(),
            "enabled": self.enabled,
            "alerts": None if self.all_alerts else self.alerts,
            "allow_content": self.allow_content,
            "quiet": quiet,
            "digest_seconds": self.digest_seconds,
            "reminder_seconds": _seconds(self.reminder_hours) if self.reminder_hours else None,
        }


class RuleForm(Returning):
    """The fields of a rule's form, as the browser sends them.

    `senders` to `accounts` have one item a line.
    """

    name: str = ""
    enabled: bool = False
    channels: tuple[UUID, ...] = ()
    senders: str = ""
    recipients: str = ""
    subject_words: str = ""
    folder_roles: str = "inbox"
    accounts: str = ""
    starred: Choice = ""
    has_attachment: Choice = ""
    template: str = ""
    max_per_hour: str = ""

    @classmethod
    def new(cls) -> "RuleForm":
        """Return the form of a new rule, with its defaults."""
        return cls(enabled=True)

    @classmethod
    def of(cls, rule: Rule) -> "RuleForm":
        wanted = rule.conditions
        return cls(
            name=rule.name,
            enabled=rule.enabled,
            channels=rule.channels,
            senders="\n".join(wanted.senders),
            recipients="\n".join(wanted.recipients),
            subject_words="\n".join(wanted.subject_words),
            folder_roles="\n".join(wanted.folder_roles),
            accounts="\n".join(map(str, wanted.accounts)),
            starred=_choice(wanted.starred),
            has_attachment=_choice(wanted.has_attachment),
            template=rule.template or "",
            max_per_hour=str(rule.max_per_hour or ""),
        )

    def settings(self) -> RuleSettings:
        """Return the request that creates or replaces the rule.

        Raises:
            ValidationError: a field is not valid.
        """
        conditions = {
            "senders": _lines(self.senders),
            "recipients": _lines(self.recipients),
            "subject_words": _lines(self.subject_words),
            "folder_roles": _lines(self.folder_roles),
            "accounts": _lines(self.accounts),
            "starred": _chosen(self.starred),
            "has_attachment": _chosen(self.has_attachment),
        }
        return RuleSettings.model_validate(
            {
                "name": self.name.strip(),
                "enabled": self.enabled,
                "channels": self.channels,
                "conditions": conditions,
                "template": self.template.strip() or None,
                "max_per_hour": self.max_per_hour or None,
            }
        )


class SilenceForm(Returning):
    """The form of a silence, in hours from now; 0 ends the silence."""

    hours: int = Field(ge=0, le=8_760)

    def until(self, now: datetime | None = None) -> datetime | None:
        """Return the end of the silence, or None to end the present silence."""
        return (now or datetime.now(UTC)) + timedelta(hours=self.hours) if self.hours > 0 else None


def _seconds(hours: str) -> int:
    least, most = timedelta(minutes=1), timedelta(days=30)
    try:
        value = timedelta(hours=float(hours))
    except (ValueError, OverflowError):
        value = timedelta()
    if not least <= value <= most:
        raise ValueError("Remind every: must be a number of hours from 0.017 (a minute) to 720 (30 days)")
    return round(value.total_seconds())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _choice(condition: bool | None) -> Choice:
    if condition is None:
        return ""
    return "yes" if condition else "no"


def _chosen(choice: Choice) -> bool | None:
    return None if not choice else choice == "yes"
