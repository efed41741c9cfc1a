"""Settings of the doctor."""

from mailtide_common.runtime.settings import KafkaSettings, NylasSettings, PostgresSettings, PublicUrlSettings


class DoctorSettings(KafkaSettings, PostgresSettings, NylasSettings, PublicUrlSettings):
    """The settings that `mailtide doctor` needs."""
