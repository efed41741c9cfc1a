"""Fixtures of the persister's tests."""

import asyncpg
import pytest

from mailtide_harness.persister import AMBIGUITY, Tables
from mailtide_persister.apply.messages import MessageApplier


@pytest.fixture
def tables(pool: asyncpg.Pool) -> Tables:
    """The mail tables of the fresh database."""
    return Tables(pool)


@pytest.fixture
def applier(pool: asyncpg.Pool) -> MessageApplier:
    """An applier that publishes nothing."""
    return MessageApplier(pool, None, ambiguity_microseconds=AMBIGUITY)
