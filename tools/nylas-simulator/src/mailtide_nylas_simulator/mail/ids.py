"""Generates ids in the forms of the providers."""

import base64
import random
import uuid

GOOGLE = "google"
IMAP_FAMILY = frozenset({"imap", "yahoo", "icloud"})
PROVIDERS = ("google", "microsoft", "imap", "yahoo", "icloud", "ews")

_IMAP_MARKS = "/+#=$!"


def uuid_of(draw: random.Random) -> str:
    """Return a version 4 UUID from a seeded generator, so that equal seeds give equal ids."""
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def object_id(provider: str, draw: random.Random, kind: str = "message") -> str:
    """Return an id of a message, thread, folder or attachment in the form that the provider uses.

    - Google: 16 hex digits.
    - Microsoft and EWS: long, case-sensitive Base64 that ends in ``=``.
    - The IMAP family: a Message-ID with characters that URLs must escape.
    """
    if provider == GOOGLE:
        return f"19{draw.getrandbits(56):014x}"
    if provider in ("microsoft", "ews"):
        prefix = {"thread": b"\x00\x09\x00", "folder": b"\x00\x03\x06"}.get(kind, b"\x00\x02\x0b")
        return base64.urlsafe_b64encode(prefix + draw.randbytes(64)).decode()
    token = f"{draw.getrandbits(64):x}"
    mark = draw.choice(_IMAP_MARKS)
    return f"<{token[:6]}{mark}{token[6:]}/{draw.getrandbits(20):x}+{mark}#{kind[0]}@mail.example.org>"


def other_case(identifier: str) -> str:
    """Return an id that differs from `identifier` only in the case of its last letter.

    If there is no letter, append ``a``.
    """
    for at in range(len(identifier) - 1, -1, -1):
        letter = identifier[at]
        if letter.isalpha():
            return identifier[:at] + letter.swapcase() + identifier[at + 1 :]
    return identifier + "a"
