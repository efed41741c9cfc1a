"""A Compose project for tests: the commands that users type, each with a deadline."""

import json
import os
import shlex
from pathlib import Path
from typing import Any

from mailtide_devkit.commands import CommandError, command
from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.waiting import until
from mailtide_nylas_simulator.testing.client import MailboxInfo

ROOT = Path(__file__).parents[2]
PROJECT = "mailtide-test"
CRON_SECRET = "demo-cron-secret"
CONNECT_SECRET = "demo-connect-secret"
SERVICES = ("ingress", "scheduler", "sync-worker", "persister", "notifier", "console")
READY_SECONDS = 180
DOWN_SECONDS = 60
"""Longer than the grace period that docker-compose.yml gives every container."""


class ComposeStack:
    """The demo profile of docker-compose.yml, under its own project name."""

    async def compose(self, *arguments: str, seconds: float = 60, stdin: str | None = None) -> str:
        """Run `docker compose` on this project."""
        files = ("docker-compose.yml", "tests/containers/compose.test.yml")
        options = [option for file in files for option in ("-f", str(ROOT / file))]
        program = shlex.split(os.environ.get("MAILTIDE_COMPOSE", "docker compose"))
        chosen = [
            *program,
            "-p",
            PROJECT,
            *options,
            "--env-file",
            str(ROOT / "deploy/docker/demo.env"),
            "--profile",
            "demo",
        ]
        ports = {"INGRESS_PORT": "0", "SCHEDULER_PORT": "0"}
        return await command(*chosen, *arguments, seconds=seconds, stdin=stdin, env=ports)

    async def up(self, *arguments: str) -> None:
        """Start what is not running, and wait until every health check succeeds."""
        wait = ("--wait", "--wait-timeout", str(READY_SECONDS))
        await self.compose(
            "up", "--detach", "--no-build", "--pull", "never", *wait, *arguments, seconds=READY_SECONDS + 30
        )

    async def down(self, *arguments: str) -> None:
        """Stop and remove the containers."""
        await self.compose("down", *arguments, seconds=DOWN_SECONDS)

    async def exec(self, service: str, *arguments: str, seconds: float = 30, stdin: str | None = None) -> str:
        """Run a program in a running container."""
        return await self.compose("exec", "-T", service, *arguments, seconds=seconds, stdin=stdin)

    async def containers(self, *services: str) -> list[dict[str, Any]]:
        """Return the output of `docker inspect` for the containers of these services, or of all."""
        ids = (await self.compose("ps", "--all", "--quiet", *services)).split()
        found: list[dict[str, Any]] = json.loads(await command("docker", "inspect", *ids, seconds=30))
        return found

    async def url(self, service: str, port: int) -> str:
        """Return the URL of a published port, which changes when the container starts again."""
        return f"http://{(await self.compose('port', service, str(port))).strip()}"

    async def database_url(self) -> str:
        """The URL of the database, from outside."""
        address = (await self.compose("port", "postgres", "5432")).strip()
        return f"postgresql://mailtide:demo@{address}/mailtide"

    async def crash(self, service: str) -> None:
        """Kill every process of a container at once; its restart policy starts it again."""
        (before,) = await self.containers(service)
        try:
            await self.exec(service, "sh", "-c", "kill -9 -1")
        except CommandError as error:
            if "exit code" not in str(error):  # the shell itself may be caught
                raise

        async def again() -> bool:
            (now,) = await self.containers(service)
            state = now["State"]
            restarted = bool(now["RestartCount"] > before["RestartCount"])
            return restarted and state["Running"] and state.get("Health", {}).get("Status") == "healthy"

        await until(again, seconds=READY_SECONDS, what=f"{service} is healthy again")

    async def connect(self, box: MailboxInfo) -> None:
        """Connect a mailbox through OAuth, as a browser inside the network does."""
        await user_actions.connect_from_outside(
            box,
            {
                "http://ingress:8080": await self.url("ingress", 8080),
                "http://nylas:8090": await self.url("nylas", 8090),
            },
            secret=CONNECT_SECRET,
        )

    async def cron(self) -> dict[str, Any]:
        """Call the cron route until its run is complete, and return the report."""
        return await user_actions.cron_to_its_end(await self.url("scheduler", 8081), CRON_SECRET)
