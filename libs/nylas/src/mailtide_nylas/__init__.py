"""A typed, asynchronous client for the parts of the Nylas v3 API that Mailtide uses."""

from .client import NylasClient
from .decoding.parsing import MAX_RETRY_AFTER_SECONDS
from .decoding.wire_json import altered_fields, parse_json
from .endless import EndlessListing
from .errors import (
    NylasError,
    NylasNotFoundError,
    NylasPermanentError,
    NylasThrottledError,
    NylasTooLargeError,
    NylasTransientError,
    NylasUnauthorizedError,
    NylasUnreadableError,
    NylasUnsentError,
)
from .models import (
    Application,
    Folder,
    Grant,
    Page,
    TokenExchange,
    UnreadableMessage,
    Webhook,
    WebhookWithSecret,
)
from .transport.budget import Budget, Reservation
from .transport.circuit import Circuit
from .transport.limiter import GrantLimiter

__all__ = [
    "MAX_RETRY_AFTER_SECONDS",
    "Application",
    "Budget",
    "Circuit",
    "EndlessListing",
    "Folder",
    "Grant",
    "GrantLimiter",
    "NylasClient",
    "NylasError",
    "NylasNotFoundError",
    "NylasPermanentError",
    "NylasThrottledError",
    "NylasTooLargeError",
    "NylasTransientError",
    "NylasUnauthorizedError",
    "NylasUnreadableError",
    "NylasUnsentError",
    "Page",
    "Reservation",
    "TokenExchange",
    "UnreadableMessage",
    "Webhook",
    "WebhookWithSecret",
    "altered_fields",
    "parse_json",
]
