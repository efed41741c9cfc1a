"""Settings of the doctor."""

from mailtide_common.runtime.settings import KafkaSettings, NylasSettings, PostgresSettings, PublicUrlSettings


class DoctorSettings(KafkaSettings, PostgresSettings, NylasSettings, PublicUrlSettings):
    """Settings of Kafka, Postgres, Nylas and PUBLIC_URL, as `mailtide doctor` reads them."""
