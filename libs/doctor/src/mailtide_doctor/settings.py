"""Settings of the doctor."""

from mailtide_common.runtime.settings import KafkaSettings, NylasSettings, PostgresSettings, PublicUrlSettings


class DoctorSettings(KafkaSettings, PostgresSettings, NylasSettings, PublicUrlSettings):
    """What the checks need: the addresses of Kafka, Postgres and Nylas, and the public one."""
