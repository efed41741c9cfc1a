"""The demo's sender: connects the simulator's mailboxes through OAuth, then delivers mail and says when it is a row."""

# ruff: noqa: INP001 - runs as it is, inside the devkit's image

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import httpx

from mailtide_devkit.demo.arrivals import Arrivals
from mailtide_devkit.local.waiting import until
from mailtide_nylas_simulator.testing.client import MailboxInfo, SimulatorAdmin

SETUP_SECONDS = 120
ARRIVAL_SECONDS = 60
ROW_SEEN = Path("/tmp/row-seen")  # noqa: S108 - the container's own; its age is the health of the demo


def say(what: str) -> None:
    """One line for whoever watches."""
    sys.stdout.write(f"{what}\n")


async def connect(box: MailboxInfo, ingress: str, browser: httpx.AsyncClient) -> None:
    """Connect a mailbox as a browser would."""
    query = {"provider": box.provider, "user_id": box.email.split("@")[0], "return_to": "/connected"}
    answer = await browser.get(f"{ingress}/api/auth/nylas/connect", params=query)
    while answer.is_redirect and "/connected" not in answer.headers["location"]:
        answer = await browser.get(answer.headers["location"])
    if "success=connected" not in answer.headers.get("location", ""):
        raise SystemExit(f"demo: {box.email} could not be connected: {answer.status_code}")
    say(f"connected {box.email} ({box.provider}, {box.messages} mails)")


async def set_up(admin: SimulatorAdmin, ingress: str) -> None:
    """Connect every mailbox that is not, and wait until Nylas delivers."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
        for box in await admin.mailboxes():
            if box.grant_id is None:
                await connect(box, ingress, browser)

    async def active() -> bool:
        return any(hook["status"] == "active" for hook in await admin.webhooks())

    await until(active, seconds=SETUP_SECONDS, what="Mailtide has set up its webhook destination")
    say("the webhook destination is active; mail keeps coming")


async def deliver(admin: SimulatorAdmin, arrivals: Arrivals, email: str) -> None:
    """Deliver one mail, and say how long it took to be a row."""
    began = time.time()
    (message,) = await admin.deliver(email)
    if await arrivals.wait_for({message}, seconds=ARRIVAL_SECONDS):
        say(f"mail for {email}: no row after {ARRIVAL_SECONDS} s; the next cron run finds it")
    else:
        await asyncio.to_thread(ROW_SEEN.touch)
        say(f"mail for {email}: row after {(arrivals.seen[message] - began) * 1000:.0f} ms")


async def run() -> None:
    """Deliver until told to stop."""
    pause = 1 / float(os.environ["MAILS_PER_SECOND"])
    async with SimulatorAdmin(os.environ["NYLAS_URL"]) as admin:
        await set_up(admin, os.environ["INGRESS_URL"])
        boxes = [box.email for box in await admin.mailboxes()]
        async with Arrivals(os.environ["DATABASE_URL"]) as arrivals:
            number = 0
            while True:
                await deliver(admin, arrivals, boxes[number % len(boxes)])
                number += 1
                await asyncio.sleep(pause)


async def main() -> None:
    """Run until SIGTERM."""
    task = asyncio.create_task(run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()):
        raise error


if __name__ == "__main__":
    asyncio.run(main())
