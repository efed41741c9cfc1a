"""What operators changed, and who did it."""

OPERATOR_HEADER = "X-Mailtide-Operator"
"""Names who calls the scheduler's API, percent-encoded: header values are ASCII. It identifies, it does not prove."""

MAX_OPERATOR_LENGTH = 80
"""Characters of a name."""
