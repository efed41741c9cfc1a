"""Every environment variable of the sync worker."""

from pydantic import Field

from mailtide_common.runtime.settings import (
    PORT_MEANING,
    KafkaSettings,
    NylasSettings,
    Port,
    PostgresSettings,
)


class SyncWorkerSettings(KafkaSettings, PostgresSettings, NylasSettings):
    """Read from the environment by `mailtide-sync-worker`."""

    mailtide_port: Port = Field(8083, description=PORT_MEANING)
