"""The notifier's settings."""

from pydantic import Field

from mailtide_common.runtime.settings import (
    PORT_MEANING,
    ConsoleUrlSettings,
    KafkaSettings,
    Key,
    Port,
    PostgresSettings,
    SecretKeySettings,
    TracingSettings,
)
from mailtide_common.runtime.web.ports import PORTS


class NotifierSettings(
    KafkaSettings, PostgresSettings, SecretKeySettings, TracingSettings, ConsoleUrlSettings
):
    """Settings of `mailtide-notifier`."""

    mailtide_port: Port = Field(PORTS["notifier"], description=PORT_MEANING)
    admin_token: Key = Field(
        description="Bearer token of the notifier's API, and of the scheduler's API without its cron routes."
    )
    mailtide_notice_max_age: int = Field(
        21_600,
        ge=60,
        le=7 * 86_400,
        description="Neither mail nor the opening of an incident is announced if it is older than this many "
        "seconds.",
    )
    mailtide_delivery_attempts: int = Field(
        15,
        ge=1,
        le=100,
        description="Attempts to send a delivery before it is given up; 15 take about 13 hours.",
    )
