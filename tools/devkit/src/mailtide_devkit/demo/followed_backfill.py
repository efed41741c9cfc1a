"""Follows a backfill as an operator does, through `GET /api/runs/{id}`."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import httpx

from mailtide_common.contracts.keys import account_uuid
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

from . import user_actions

JOIN_SECONDS = 30

SAMPLE_SECONDS = 0.1
"""Pause between two samples. It is shorter than a slice, and causes little load."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The progress of a run that the API reported at one moment."""

    at: float
    """Monotonic seconds."""
    status: str
    """`pending` until the run ends, then its outcome."""
    fraction: float
    """The share that is done, 0 to 1; 0 while it is unknown. After the end: 1 for a success, else 0."""
    seconds_left: float | None
    """The estimated seconds until the end; None while they are unknown, 0 after the end."""
    listed_down_to: int | None
    """The date of the last listed message, in Unix seconds. None before the first, and after the end."""

    @property
    def ended(self) -> bool:
        return self.status != "pending"


class FollowedBackfill:
    """A backfill whose progress is sampled. Create it with `begin`."""

    def __init__(self, stack: Stack, admin: SimulatorAdmin, grant: str, schedulers: Sequence[str]) -> None:
        self.grant = grant
        self.samples: list[Sample] = []
        self._stack = stack
        self._admin = admin
        self._schedulers = schedulers
        self._run_id = ""

    @classmethod
    async def begin(
        cls,
        stack: Stack,
        admin: SimulatorAdmin,
        email: str,
        *,
        schedulers: Sequence[str] = ("scheduler",),
        **plan: Any,
    ) -> Self:
        """Create a mailbox, connect it through OAuth, and start a run that joins its backfill.

        The run is started at the process `scheduler`.

        Args:
            stack: the running stack.
            admin: the client of its simulator. All other Google mailboxes must be connected already, because
                OAuth connects the first one that is not.
            email: the address of the new mailbox.
            schedulers: process names of the schedulers that are asked for samples; the first answer is used.
            plan: fields of the simulator's `MailboxPlan`.

        Raises:
            UserActionError: the mailbox could not be connected.
            LateError: no run could be started within 30 s, for example because the account still had no row.
            httpx.HTTPStatusError: the simulator refused `plan`.
            httpx.TransportError: the ingress or the process `scheduler` does not answer.
        """
        await admin.create_mailbox(email, provider="google", **plan)
        answer = await user_actions.connect(stack, "google", user_id=email)
        grants = [str(grant["id"]) for grant in await admin.grants() if grant["email"] == email]
        if not grants:
            raise user_actions.UserActionError(
                f"{email} was not connected, the simulator has no grant for it: {user_actions.outcome_of(answer)}"
            )
        begun = cls(stack, admin, grants[0], schedulers)
        await until(begun._joined, seconds=JOIN_SECONDS, what="the account exists, and a run of it starts")
        return begun

    async def follow(self, enough: Callable[[Sample], bool], *, seconds: float = 60) -> Sample:
        """Take samples until `enough` returns True for one, and return that sample.

        Append all samples to `samples`. While no scheduler answers, or all refuse the call, keep trying.

        Raises:
            LateError: `enough` returned True for no sample within `seconds`.
        """

        async def sampled() -> bool:
            sample = await self._sample()
            if sample is not None:
                self.samples.append(sample)
            return sample is not None and enough(sample)

        await until(
            sampled, seconds=seconds, what="the wanted progress of the backfill", every=SAMPLE_SECONDS
        )
        return self.samples[-1]

    async def listings(self) -> int:
        """Return how often a page of the mailbox's messages was requested so far. Refused calls count."""
        calls = (await self._admin.calls())["grants"].get(self.grant, {})
        return int(calls.get("GET /messages", 0))

    async def next_listing(self) -> None:
        """Wait until another page of the mailbox's messages is requested.

        Raises:
            LateError: none was requested within 30 s.
        """
        before = await self.listings()

        async def more() -> bool:
            return await self.listings() > before

        await until(more, seconds=30, what="one more page is listed")

    async def _joined(self) -> bool:
        path = f"/api/accounts/{account_uuid(self.grant)}/sync"
        with suppress(user_actions.UserActionError):
            self._run_id = (await user_actions.api(self._stack, "POST", path, {"mode": "full"}))["run_id"]
        return bool(self._run_id)

    async def _sample(self) -> Sample | None:
        for scheduler in self._schedulers:
            with suppress(httpx.TransportError, user_actions.UserActionError):
                path = f"/api/runs/{self._run_id}"
                report = await user_actions.api(self._stack, "GET", path, scheduler=scheduler)
                return _sample_of(report["details"][0])
        return None


def _sample_of(detail: dict[str, Any]) -> Sample:
    status, now = detail["status"], time.monotonic()
    if status != "pending":
        return Sample(now, status, float(status == "success"), 0.0, None)
    shown = detail["progress"]
    return Sample(now, status, shown["fraction"] or 0.0, shown["seconds_left"], shown["listed_down_to"])
