"""Which secrets are accepted, and for how long."""

from dataclasses import replace

import pytest

from mailtide_common.contracts.times import MICROSECONDS, UnixMicros
from mailtide_common.runtime.crypto import SecretBox
from mailtide_harness.ingress import BOX, NOW, record, secret_event, secret_record
from mailtide_ingress import limits
from mailtide_ingress.webhooks.secret_registry import SecretRegistry

DAY = 24 * 3600 * MICROSECONDS


@pytest.fixture(name="book")
def make_book() -> SecretRegistry:
    return SecretRegistry(("from-environment",), BOX.decrypt)


def secrets_at(book: SecretRegistry, now: int) -> list[tuple[str, str]]:
    return [(known.secret, known.kind) for known in book.usable(UnixMicros(now))]


def test_the_environments_secrets_never_end(book: SecretRegistry) -> None:
    assert secrets_at(book, NOW + DAY) == [("from-environment", "environment")]


def test_a_replaced_secret_counts_for_a_while(book: SecretRegistry) -> None:
    book.apply(secret_record(secret_event("a")))
    book.apply(secret_record(secret_event(None, "pending", changed_at=NOW + 1)))
    book.apply(secret_record(secret_event("b", changed_at=NOW + 2)))
    end = NOW + 2 + limits.PREVIOUS_SECRET_SECONDS * MICROSECONDS
    assert secrets_at(book, end - 1)[1:] == [("b", "current"), ("a", "previous")]
    assert secrets_at(book, end)[1:] == [("b", "current")]


def test_a_pending_mark_keeps_the_current_secret_and_ends_with_the_new_one(book: SecretRegistry) -> None:
    book.apply(secret_record(secret_event("a")))
    book.apply(secret_record(secret_event(None, "pending", changed_at=NOW + 1)))
    assert book.pending(UnixMicros(NOW + 2))
    assert ("a", "current") in secrets_at(book, NOW + 2)
    assert not book.pending(UnixMicros(NOW + 1 + limits.PENDING_SECONDS * MICROSECONDS))
    book.apply(secret_record(secret_event("b", changed_at=NOW + 2)))
    assert not book.pending(UnixMicros(NOW + 3))


def test_a_previous_secret_counts_until_its_end(book: SecretRegistry) -> None:
    book.apply(secret_record(secret_event("a", "previous", destination="w/previous", expires_at=NOW + 5)))
    assert ("a", "previous") in secrets_at(book, NOW + 4)
    assert ("a", "previous") not in secrets_at(book, NOW + 5)


def test_reading_the_topic_again_changes_nothing(book: SecretRegistry) -> None:
    records = [
        secret_record(secret_event("a")),
        secret_record(secret_event("b", changed_at=NOW + 1)),
        secret_record(secret_event("c", destination="w-2")),
    ]
    for _ in range(2):
        for each in records:
            book.apply(each)
        assert secrets_at(book, NOW + 2)[1:] == [("b", "current"), ("a", "previous"), ("c", "current")]


def test_the_order_of_the_topic_beats_the_clock(book: SecretRegistry) -> None:
    book.apply(replace(secret_record(secret_event(None, "pending")), offset=7))
    book.apply(replace(secret_record(secret_event("a", changed_at=NOW - DAY)), offset=8))
    assert secrets_at(book, NOW)[1:] == [("a", "current")]
    assert not book.pending(NOW)


def test_a_tombstone_forgets_a_destination(book: SecretRegistry) -> None:
    book.apply(secret_record(secret_event("a")))
    book.apply(record(b"w-1", None))
    assert len(secrets_at(book, NOW)) == 1


def test_what_cannot_be_read_or_decrypted_harms_nothing(book: SecretRegistry) -> None:
    book.apply(record(b"w-1", b"\xff", [("type", b"mail.webhook-secret.v1")]))
    book.apply(record(b"w-1", b"{}"))
    other = secret_event("x").model_copy(update={"ciphertext": SecretBox("another").encrypt("x")})
    book.apply(secret_record(other))
    book.apply(secret_record(secret_event("")))
    assert len(secrets_at(book, NOW)) == 1
