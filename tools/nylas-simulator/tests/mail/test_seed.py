"""Generated mailboxes."""

import json

import pytest

from mailtide_nylas_simulator.mail.seed import MailboxPlan, seeded


@pytest.mark.parametrize("provider", ["google", "microsoft", "imap"])
def test_no_field_is_the_same_in_all_messages(provider: str) -> None:
    """Otherwise comparing it with the database would prove little."""
    box = seeded(MailboxPlan(f"seed@{provider}.example", provider))
    messages = [message.shape("grant") for message in box.messages.values()]
    values = {
        name: {json.dumps(message[name], sort_keys=True) for message in messages} for name in messages[0]
    }
    assert {name for name, found in values.items() if len(found) == 1} == {"object", "grant_id"}
