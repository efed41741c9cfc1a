"""A doctor of surroundings in which only Postgres answers."""

import asyncpg

from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_doctor.examine import Doctor

from .servers.nylas_webhooks import NylasStub

NOWHERE = "127.0.0.1:1"


def a_doctor(pool: asyncpg.Pool) -> Doctor:
    return Doctor(Brokers.plain(NOWHERE), 1, pool, NylasStub().client(), f"http://{NOWHERE}")
