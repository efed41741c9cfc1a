"""The meaning of each error class with the next step, and the lines of a hex dump. Pure."""

from mailtide_common.contracts.dead_letters import LISTED, ErrorClass

MEANINGS: dict[str, tuple[str, str]] = {
    ErrorClass.UNREADABLE: (
        "Its key, headers or value are missing, malformed or unknown.",
        "Discard it if it is not a record of Mailtide. If a newer release can read it, upgrade, then send it again.",
    ),
    ErrorClass.UNEXPECTED: (
        "A valid event on the wrong topic.",
        "Find the program that wrote it; then discard it.",
    ),
    ErrorClass.UNENCODABLE: (
        "It contains text that cannot be encoded, such as a lone surrogate.",
        "Send it again only after an upgrade to a release that can process it.",
    ),
    ErrorClass.UNSTORABLE: (
        "Postgres refuses one of its values.",
        "Read the error of a letter; after a fix, send all of them again.",
    ),
    ErrorClass.TOO_LARGE: (
        "It, or an event made from it, is larger than Kafka accepts.",
        "Set max.message.bytes as the letter's error says, then send it again; or discard it.",
    ),
    ErrorClass.REFUSED: (
        "Another permanent error, shown with each letter.",
        "Remove the cause, then send it again.",
    ),
}
"""Meaning and next step by error class."""

UNREADABLE_MESSAGE = (
    "Nylas returned a message that cannot be read.",
    "Send it again: the message is then fetched anew. If it is parked again, a newer release may be able to read it.",
)

OTHER = ("A cause that an earlier version named.", "Read the error of a letter.")


def meaning(error_class: str, topic: str) -> tuple[str, str]:
    """Return the meaning and the next step of an error class on a topic."""
    if topic == LISTED and error_class == ErrorClass.UNREADABLE:
        return UNREADABLE_MESSAGE
    return MEANINGS.get(error_class, OTHER)


def lines_of(hexadecimal: str, width: int = 16) -> list[tuple[str, str, str]]:
    """Return the lines of a hex dump, with `width` bytes each: offset, bytes, and ASCII text.

    `·` replaces bytes that are not printable ASCII.
    """
    data = bytes.fromhex(hexadecimal)
    return [
        (
            f"{start:06x}",
            data[start : start + width].hex(" "),
            "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in data[start : start + width]),
        )
        for start in range(0, len(data), width)
    ]
