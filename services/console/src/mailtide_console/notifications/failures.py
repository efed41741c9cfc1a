"""Describes in words why a form was not accepted. Pure."""

from pydantic import ValidationError

from mailtide_common.contracts.validation.invalid_fields import InvalidField, invalid_fields

LABELS = {
    "name": "Name",
    "url": "Address",
    "digest_seconds": "Collect alerts (seconds)",
    "quiet": "Quiet hours",
    "quiet.from": "Quiet from",
    "quiet.until": "Quiet until",
    "quiet.time_zone": "Time zone",
    "conditions.accounts": "Mailboxes",
    "conditions.senders": "Senders",
    "conditions.recipients": "Recipients",
    "conditions.subject_words": "Words in the subject",
    "conditions.folder_roles": "Folders",
    "channels": "Channels",
    "template": "Text of the notice",
    "max_per_hour": "At most, per hour and channel",
}
"""Labels of the forms' fields, by the fields of the API's requests."""


def failure(error: Exception) -> str:
    """Return the text of an error. For a `ValidationError`, it has fields and reasons, but no values."""
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(dict.fromkeys(map(_labelled, invalid_fields(error))))


def _labelled(field: InvalidField) -> str:
    label = LABELS.get(".".join(field.path))
    return f"{label}: {field.reason}" if label else str(field)
