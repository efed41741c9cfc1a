"""Routes that show, check and repair the webhook destination, and rotate its secret."""

from fastapi import APIRouter

from mailtide_common.contracts.api.webhooks import DestinationState, WebhookDestination, WebhookStatus
from mailtide_common.runtime.operators.recorded_route import RecordedRoute
from mailtide_scheduler.database import connected
from mailtide_scheduler.errors import RefusedError, WebhookError
from mailtide_scheduler.webhooks.reconciler import ReconcilerState
from mailtide_scheduler.webhooks.store import list_destinations

from .dependencies import Api, UseCases

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"], route_class=RecordedRoute)


@router.get("")
async def webhooks(api: Api) -> WebhookStatus:
    """Return the result of the last check of the webhook destination, and the stored destinations."""
    return await _status(api)


@router.post("/ensure")
async def ensure(api: Api) -> WebhookStatus:
    """Check the webhook destination at Nylas now, and create or repair it."""
    _refuse_unmanaged(api)
    _refuse_failed(await api.reconciler.ensure())
    return await _status(api)


@router.post("/rotate")
async def rotate(api: Api) -> WebhookStatus:
    """Replace the webhook secret at Nylas. The ingress accepts the old secret for another hour."""
    _refuse_unmanaged(api)
    _refuse_failed(await api.reconciler.rotate())
    return await _status(api)


def _refuse_unmanaged(api: UseCases) -> None:
    if not api.reconciler.managed:
        raise RefusedError(
            "Mailtide does not manage the webhook destination, because MAILTIDE_MANAGE_WEBHOOKS is false: "
            "set it to true, or change the destination at Nylas; a new secret goes into NYLAS_WEBHOOK_SECRET"
        )


def _refuse_failed(state: ReconcilerState) -> None:
    if state.error is not None:
        raise WebhookError(state.error)


def destination_state(api: UseCases) -> DestinationState:
    """Return the destination's URL, and the result of its last check."""
    state = api.reconciler.state
    return DestinationState(
        url=api.webhook_url,
        managed=api.reconciler.managed,
        destination_id=state.destination_id,
        error=state.error,
        person_needed=state.person_needed,
    )


async def _status(api: UseCases) -> WebhookStatus:
    async with connected(api.pool) as connection:
        destinations = await list_destinations(connection)
    return WebhookStatus(
        **dict(destination_state(api)),
        failures=api.reconciler.state.failures,
        destinations=tuple(
            WebhookDestination.model_validate(each, from_attributes=True) for each in destinations
        ),
    )
