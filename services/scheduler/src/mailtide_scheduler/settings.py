"""Environment variables of the scheduler."""

from pydantic import Field, SecretStr, field_validator

from mailtide_common.runtime.settings import (
    PORT_MEANING,
    KafkaSettings,
    Key,
    NylasSettings,
    Port,
    PostgresSettings,
    PublicUrlSettings,
    SecretKeySettings,
    TracingSettings,
)
from mailtide_common.runtime.web.ports import PORTS

from .sync_intervals import DAY_SECONDS, NEVER_SECONDS, SyncIntervals, Windows, ascending_seconds, start_date

LONGEST_SECONDS = 3_650 * DAY_SECONDS
"""Upper bound of intervals and windows. Postgres cannot compute with much longer ones."""


class TickSettings(KafkaSettings, PostgresSettings):
    """Settings of `mailtide-scheduler tick`."""

    sync_interval: float = Field(
        900.0,
        ge=0.0,
        le=30 * DAY_SECONDS,
        description="Seconds between two deltas of an account, spread by a tenth either way. 0: no timer; then "
        "a cron job has to call the cron route or run `mailtide-scheduler tick --once`.",
    )
    mailtide_stale_seconds: float = Field(
        900.0,
        ge=1.0,
        le=21_600.0,
        description="Seconds for which a delta may be overdue before the incident `mailbox-stale` opens. If twice "
        "the sync interval is longer, that time applies instead, but at most 6 h.",
    )
    mailtide_window_short: int = Field(
        DAY_SECONDS,
        ge=0,
        le=LONGEST_SECONDS,
        description="How far back every delta compares the mailbox with the database, in seconds; 0: not at all.",
    )
    mailtide_window_medium: int = Field(
        7 * DAY_SECONDS,
        ge=0,
        le=LONGEST_SECONDS,
        description="How far back the medium comparison reaches, in seconds; 0: none.",
    )
    mailtide_window_medium_interval: float = Field(
        3_600.0, ge=0, le=LONGEST_SECONDS, description="Seconds between two medium comparisons of an account."
    )
    mailtide_window_long: int = Field(
        30 * DAY_SECONDS,
        ge=0,
        le=LONGEST_SECONDS,
        description="How far back the long comparison reaches, in seconds; 0: none.",
    )
    mailtide_window_long_interval: float = Field(
        86_400.0, ge=0, le=LONGEST_SECONDS, description="Seconds between two long comparisons of an account."
    )
    mailtide_audit_interval: float = Field(
        7.0 * DAY_SECONDS,
        ge=0,
        le=LONGEST_SECONDS,
        description="Seconds between two periodic audits of an account; 0: none.",
    )
    mailtide_folder_interval_seconds: float = Field(
        3_600.0,
        ge=0,
        le=30 * DAY_SECONDS,
        description="Seconds between two periodic listings of an account's folders; 0: none. Others follow "
        "events, such as a message that names an unknown folder.",
    )
    mailtide_proof_after_seconds: str = Field(
        "3,3600,86400,604800",
        description="Seconds after a backfill at which audits check it for completeness: ascending numbers, "
        "separated by commas. `never`: none.",
    )
    mailtide_backfill_start: str | None = Field(
        None,
        description="How far back backfills and audits reach: a number of days, or a date as YYYY-MM-DD. Deltas "
        "compare their windows all the same. Default: to the oldest mail.",
    )
    mailtide_recheck_interval: float = Field(
        3_600.0,
        ge=60,
        le=LONGEST_SECONDS,
        description="Seconds between two checks whether an invalid grant works again.",
    )

    @field_validator("sync_interval")
    @classmethod
    def _is_nothing_or_a_second(cls, value: float) -> float:
        if 0.0 < value < 1.0:
            raise ValueError("must be 0, or at least 1 second")
        return value

    @field_validator("mailtide_backfill_start")
    @classmethod
    def _is_a_start(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                start_date(value, 0.0)
            except ValueError:
                raise ValueError("must be a number of days, at most 99999, or a date as YYYY-MM-DD") from None
        return value

    @field_validator("mailtide_proof_after_seconds")
    @classmethod
    def _ascends(cls, value: str) -> str:
        try:
            seconds = ascending_seconds(value)
        except ValueError:
            raise ValueError(
                "must be `never`, or numbers of seconds separated by commas, each greater than the one before"
            ) from None
        if seconds and not 0.0 <= seconds[0] <= seconds[-1] <= 365 * DAY_SECONDS:
            raise ValueError("each number must be between 0 and 31536000 seconds (365 days)")
        return value

    @property
    def intervals(self) -> SyncIntervals:
        """When accounts are synced, and how far back. Without a timer, `sync_interval` is `NEVER_SECONDS`."""
        return SyncIntervals(
            sync_interval=self.sync_interval or NEVER_SECONDS,
            windows=Windows(
                short=self.mailtide_window_short,
                medium=self.mailtide_window_medium,
                medium_interval=self.mailtide_window_medium_interval,
                long=self.mailtide_window_long,
                long_interval=self.mailtide_window_long_interval,
            ),
            audit_interval=self.mailtide_audit_interval,
            folder_interval=self.mailtide_folder_interval_seconds,
            proof_after=ascending_seconds(self.mailtide_proof_after_seconds),
            backfill_start=self.mailtide_backfill_start,
            recheck_interval=self.mailtide_recheck_interval,
            stale_after=self.mailtide_stale_seconds,
        )


class SchedulerSettings(TickSettings, NylasSettings, SecretKeySettings, PublicUrlSettings, TracingSettings):
    """Settings of `mailtide-scheduler`."""

    mailtide_port: Port = Field(PORTS["scheduler"], description=PORT_MEANING)
    cron_secret: Key = Field(description="Bearer token of the cron route.")
    admin_token: Key = Field(description="Bearer token of all other `/api` routes of the scheduler.")
    nylas_webhook_secret: SecretStr | None = Field(
        None,
        description="Webhook secrets that the operator keeps. If set, the secret of an existing destination is "
        "rotated only on an operator's request.",
    )
    mailtide_manage_webhooks: bool = Field(
        True, description="Whether Mailtide creates and repairs the webhook destination at Nylas."
    )
    mailtide_compressed_delivery: bool = Field(
        True,
        description="Whether Nylas compresses deliveries, so that no firewall mistakes mail's HTML for an attack.",
    )

    mailtide_webhook_check: float = Field(
        60.0,
        ge=1.0,
        le=LONGEST_SECONDS,
        description="Seconds between two checks whether Nylas delivers to the webhook destination.",
    )

    @property
    def webhook_url(self) -> str:
        """The URL of the webhook destination."""
        return f"{self.public_url}/api/webhooks/nylas"
