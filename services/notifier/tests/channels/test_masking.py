"""What is shown of a channel's URL."""

import pytest

from mailtide_common.contracts.api.channels import ChannelKind
from mailtide_notifier.channels.masking import masked


@pytest.mark.parametrize(
    ("kind", "url", "shown"),
    [
        (
            ChannelKind.WEBHOOK,
            "https://ann:s3c@ret@example.com:8443/s3cret?key=s3cret",
            "https://example.com:8443/…",
        ),
        (ChannelKind.WEBHOOK, "HTTP://[::1]:8080/s3cret", "http://[::1]:8080/…"),
        (ChannelKind.APPRISE, "mailtos://ann:s3cret@example.com", "mailtos://…"),
    ],
)
def test_no_secret_part_is_shown(kind: ChannelKind, url: str, shown: str) -> None:
    assert masked(kind, url) == shown
