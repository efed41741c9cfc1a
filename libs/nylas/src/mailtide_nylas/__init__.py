"""A typed, asynchronous client for the parts of the Nylas v3 API that Mailtide uses."""

from .budget import Budget, Hold
from .circuit import Circuit
from .client import NylasClient
from .errors import (
    NylasError,
    NylasNotFoundError,
    NylasPermanentError,
    NylasThrottledError,
    NylasTooLargeError,
    NylasTransientError,
    NylasUnauthorizedError,
    NylasUnreadableError,
)
from .limiter import GrantLimiter
from .models import Folder, Grant, Page, TokenExchange, UnreadableMessage, Webhook, WebhookWithSecret
from .wire_json import altered_fields, parse_json

__all__ = [
    "Budget",
    "Circuit",
    "Folder",
    "Grant",
    "GrantLimiter",
    "Hold",
    "NylasClient",
    "NylasError",
    "NylasNotFoundError",
    "NylasPermanentError",
    "NylasThrottledError",
    "NylasTooLargeError",
    "NylasTransientError",
    "NylasUnauthorizedError",
    "NylasUnreadableError",
    "Page",
    "TokenExchange",
    "UnreadableMessage",
    "Webhook",
    "WebhookWithSecret",
    "altered_fields",
    "parse_json",
]
