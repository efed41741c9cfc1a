"""The sync worker's settings."""

from pydantic import Field

from mailtide_common.runtime.settings import (
    PORT_MEANING,
    KafkaSettings,
    NylasSettings,
    Port,
    PostgresSettings,
    TracingSettings,
)
from mailtide_common.runtime.web.ports import PORTS


class SyncWorkerSettings(KafkaSettings, PostgresSettings, NylasSettings, TracingSettings):
    """Settings of `mailtide-sync-worker`."""

    mailtide_port: Port = Field(PORTS["sync-worker"], description=PORT_MEANING)
