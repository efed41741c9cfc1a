"""The sync worker's environment variables."""

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
    """Settings of `mailtide-sync-worker`, read from the environment."""

    mailtide_port: Port = Field(PORTS["sync-worker"], description=PORT_MEANING)
