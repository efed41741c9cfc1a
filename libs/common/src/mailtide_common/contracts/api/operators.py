"""The header that names the operator who makes a request."""

OPERATOR_HEADER = "X-Mailtide-Operator"
"""Header with the operator's name, percent-encoded because header values are ASCII. It is recorded, not verified."""

MAX_OPERATOR_LENGTH = 80
"""Most characters of a name."""
