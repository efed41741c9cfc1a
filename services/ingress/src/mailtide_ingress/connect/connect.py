"""Connects an account by Nylas' hosted OAuth, publishes it, and returns the browser to the application."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from mailtide_common.contracts.connect_links import BASE_PATH, CALLBACK_PATH
from mailtide_common.contracts.events import Account, AccountStatus, AccountUser, Event, connected_users
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_ingress import limits, metrics
from mailtide_ingress.errors import BadRequestError
from mailtide_nylas import (
    NylasClient,
    NylasError,
    NylasPermanentError,
    NylasThrottledError,
    NylasTransientError,
    TokenExchange,
    pkce,
)

from .account_users import users_after
from .oauth_flow import Flow, OAuthFlows
from .redirects import RedirectPolicy, with_query

DONE_PATH = f"{BASE_PATH}/done"
UNAVAILABLE = "temporarily_unavailable"
ALREADY_CONNECTED = "already_connected"

LastAccount = Callable[[str], Awaitable[Account | None]]
"""Returns a grant's account as last published, or None if there is none. Raises `TransientError`."""
EXCHANGE_FAILED = "exchange_failed"

RETURN_REFUSED = (
    "return_to is not allowed: it must be a path (beginning with one slash), or a URL whose origin is that "
    "of PUBLIC_URL or is listed in MAILTIDE_RETURN_ORIGINS; as an absolute, percent-encoded URL it must have at "
    f"most {limits.MAX_RETURN_TO_LENGTH} characters; it must have no user name, white space, control characters "
    "or backslashes"
)

log = get_logger(__name__)


class PublishesEvents(Protocol):
    """The part of `Publisher` that is used here."""

    async def publish(self, event: Event) -> None:
        """Send an event and wait for Kafka's acknowledgement.

        Raises:
            TransientError: Kafka did not acknowledge the event.
            PermanentError: the event cannot be encoded, or is too large for its topic.
        """


@dataclass(frozen=True, slots=True)
class Begun:
    """The redirect and the cookie with which a flow begins in the browser.

    Attributes:
        location: URL of Nylas' authentication, to which the browser is redirected.
        nonce: the flow's nonce, which names its cookie.
        cookie: value of the cookie.
    """

    location: str
    nonce: str
    cookie: str


class Connect:
    """Begins OAuth flows, and finishes them when Nylas redirects the browser back."""

    def __init__(
        self,
        nylas: NylasClient,
        publisher: PublishesEvents,
        flows: OAuthFlows,
        rule: RedirectPolicy,
        public_url: str,
        *,
        last_account: LastAccount,
        share: bool,
    ) -> None:
        self._last_account = last_account
        self._share = share
        self._nylas = nylas
        self._publisher = publisher
        self._flows = flows
        self._rule = rule
        self._redirect_uri = f"{public_url}{CALLBACK_PATH}"
        self._done = f"{public_url}{DONE_PATH}"

    def begin(self, *, provider: str | None, user_id: str | None, return_to: str | None) -> Begun:
        """Begin a flow, and return the URL of Nylas' authentication and the cookie to set.

        Args:
            provider: Nylas' name of the provider, or None if the user chooses it.
            user_id: the application's user, or None for a mailbox without a user.
            return_to: where the browser goes in the end, or None for the ingress' own page.

        Raises:
            BadRequestError: `return_to` is not allowed.
        """
        target = self._rule.resolve(return_to) if return_to else self._done
        if target is None:
            raise BadRequestError(RETURN_REFUSED)
        flow = self._flows.begin(provider=provider, user_id=user_id, return_to=target)
        location = self._nylas.authorization_url(
            self._redirect_uri,
            self._flows.state(flow),
            provider=provider,
            code_challenge=pkce.challenge(flow.verifier),
        )
        return Begun(location, flow.nonce, self._flows.seal(flow))

    async def finish(self, flow: Flow, *, code: str | None, error: str | None) -> str:
        """Exchange the code, publish the account, and return the URL to which the browser is redirected.

        After success, the URL's query contains `success=connected` and `email`, which may be empty. After a
        failure, it contains `error`: an error code of Nylas or of this module.

        Args:
            flow: a flow from `OAuthFlows.claim`.
            code: Nylas' one-time code, or None if Nylas sent none.
            error: Nylas' error code, or None if Nylas sent none.
        """
        if error is None and code is not None:
            error, email = await self._connect(flow, code)
        else:
            error, email = error or "missing_code", ""
        metrics.OAUTH_CALLBACKS.labels("connected" if error is None else "failed").inc()
        result = {"success": "connected", "email": email} if error is None else {"error": _shown(error)}
        return with_query(flow.return_to, result)

    async def _connect(self, flow: Flow, code: str) -> tuple[str | None, str]:
        """Connect the account. Return `(None, email)` after success, else `(error code, "")`."""
        observed_at = now_us()
        try:
            exchange = await self._nylas.exchange_code(code, self._redirect_uri, flow.verifier)
            known = await self._last_account(exchange.grant_id)
            users = users_after(known, flow.user_id, now_us(), share=self._share)
            if users is None:
                log.info("connect_refused", grant_id=exchange.grant_id, reason=ALREADY_CONNECTED)
                return ALREADY_CONNECTED, ""
            await self._publisher.publish(_account(flow, exchange, observed_at, users))
        except NylasError as error:
            log.warning("connect_refused", reason=str(error))
            return _error_code(error), ""
        except TransientError as error:
            log.warning("connect_interrupted", reason=str(error))
            return UNAVAILABLE, ""
        except PermanentError as error:
            log.warning("account_unpublishable", reason=str(error))
            return EXCHANGE_FAILED, ""
        log.info("account_connected", account_id=str(account_uuid(exchange.grant_id)))
        return None, exchange.email or ""


def _account(
    flow: Flow, exchange: TokenExchange, observed_at: int, users: tuple[AccountUser, ...]
) -> Account:
    return Account(
        grant_id=exchange.grant_id,
        version=Version(observed_at=observed_at, source=Source.CONNECT, event_id=uuid.uuid4().hex),
        status=AccountStatus.ACTIVE,
        user_id=next(iter(connected_users(users)), None),
        users=users,
        email_address=exchange.email,
        provider=exchange.provider or flow.provider,
        connected_at=now_us(),
    )


def _error_code(error: NylasError) -> str:
    if isinstance(error, NylasTransientError | NylasThrottledError):
        return UNAVAILABLE
    if isinstance(error, NylasPermanentError) and error.error_type:
        return error.error_type
    return EXCHANGE_FAILED


def _shown(error: str) -> str:
    return "".join(c for c in error if c.isprintable())[: limits.MAX_ERROR_LENGTH] or "unknown"
