"""Waits for the webhook destination of a stack."""

from mailtide_devkit.local.waiting import until
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

ACTIVE = "the webhook destination is active, for which the simulator must reach the ingress at PUBLIC_URL"


async def webhook_is_active(admin: SimulatorAdmin, *, seconds: float) -> None:
    """Wait until a webhook destination is active at the simulator.

    Raises:
        LateError: no destination was active within `seconds`.
    """

    async def active() -> bool:
        return any(hook["status"] == "active" for hook in await admin.webhooks())

    await until(active, seconds=seconds, what=ACTIVE)
