"""What error classes mean, and what to do about them. Pure."""

from mailtide_common.contracts.dead_letters import ErrorClass

MEANINGS: dict[str, tuple[str, str]] = {
    ErrorClass.UNREADABLE: (
        "Bytes, headers, key or JSON cannot be decoded.",
        "A newer release may read them: upgrade, then send them again.",
    ),
    ErrorClass.UNEXPECTED: (
        "A readable event on a topic where it does not belong.",
        "Find the program that wrote it; then discard it.",
    ),
    ErrorClass.UNENCODABLE: (
        "A text that no encoder accepts, such as half a surrogate pair.",
        "Sending it again does not help unless a newer release handles it.",
    ),
    ErrorClass.UNSTORABLE: (
        "Postgres refuses one of its values.",
        "Read the error of one letter; after a fix send all of them again.",
    ),
    ErrorClass.TOO_LARGE: (
        "Larger than Kafka accepts.",
        "Raise the topic's max.message.bytes, then send it again; or discard it.",
    ),
    ErrorClass.REFUSED: (
        "Another permanent error, named by the letter.",
        "Remove the cause, then send it again.",
    ),
}
"""Meaning and next step by error class."""

OTHER = ("A cause of an earlier version.", "Read the error of one letter.")


def meaning(error_class: str) -> tuple[str, str]:
    """Return what an error class means, and the next step."""
    return MEANINGS.get(error_class, OTHER)


def lines_of(hexadecimal: str, width: int = 16) -> list[tuple[str, str, str]]:
    """Return hexadecimal digits as lines of offset, bytes and printable ASCII characters."""
    data = bytes.fromhex(hexadecimal)
    return [
        (
            f"{start:06x}",
            data[start : start + width].hex(" "),
            "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in data[start : start + width]),
        )
        for start in range(0, len(data), width)
    ]
