"""The persister's settings."""

from pydantic import Field

from mailtide_common.runtime.settings import (
    PORT_MEANING,
    KafkaSettings,
    Port,
    PostgresSettings,
    TracingSettings,
)
from mailtide_common.runtime.web.ports import PORTS


class PersisterSettings(KafkaSettings, PostgresSettings, TracingSettings):
    """Settings of `mailtide-persister` and `mailtide replay`."""

    mailtide_port: Port = Field(PORTS["persister"], description=PORT_MEANING)
    mailtide_ambiguity_seconds: float = Field(
        5.0,
        ge=0,
        description="If a notification and another observation of a message differ, and their times are at most this "
        "many seconds apart, one more fetch decides.",
    )
