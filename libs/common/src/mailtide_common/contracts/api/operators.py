"""The header that names the operator who makes a request."""

OPERATOR_HEADER = "X-Mailtide-Operator"
"""Header with the operator's name, percent-encoded because headers are ASCII. The name is not verified."""

MAX_OPERATOR_LENGTH = 80
"""Maximum number of characters of an operator's name."""
