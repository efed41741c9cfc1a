"""Mailtide in Kubernetes, for tests: the kubectl commands that operators type, each with a deadline."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from mailtide_common.runtime.web import ports as service_ports
from mailtide_devkit.commands import command
from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.waiting import until
from mailtide_nylas_simulator.testing.client import MailboxInfo, SimulatorAdmin

ROOT = Path(__file__).parents[2]
NAMESPACE = "mailtide"
DEV = ROOT / "deploy/k8s/overlays/dev"
PROD = ROOT / "deploy/k8s/overlays/prod"
SERVICES = ("ingress", "scheduler", "sync-worker", "persister", "notifier", "console")
PORTS = {"kafka": 9092, "postgres": 5432, "nylas": 8090} | {
    name: service_ports.PORTS[name] for name in ("ingress", "scheduler")
}
CRON_SECRET = "demo-cron-secret"
CONNECT_SECRET = "demo-connect-secret"
READY_SECONDS = 180
FINALIZER = "test.mailtide/look-at-it"


class Cluster:
    """The namespace `mailtide` of the cluster that kubectl is configured for. The tests run on its node."""

    def __init__(self) -> None:
        """Create the object; nothing is applied yet."""
        self._addresses: dict[str, str] = {}

    async def kubectl(self, *arguments: str, seconds: float = 60, stdin: str | None = None) -> str:
        """Run kubectl in the namespace. A warning of the server, such as one about pod security, is an error."""
        options = ("--namespace", NAMESPACE, "--warnings-as-errors")
        return await command("kubectl", *options, *arguments, seconds=seconds, stdin=stdin)

    async def read(self, *arguments: str) -> dict[str, Any]:
        """Return an object, or a list of them."""
        found: dict[str, Any] = json.loads(await self.kubectl("get", *arguments, "--output", "json"))
        return found

    async def apply(self, folder: Path) -> None:
        """Apply a kustomization, and wait until its jobs are complete and its pods are ready."""
        await self.kubectl("apply", "--kustomize", str(folder))
        await self.kubectl("wait", "job", "--all", *condition("complete"), seconds=READY_SECONDS + 10)
        await self.ready()

    async def ready(self, *names: str) -> None:
        """Wait until these deployments have rolled out; without names, all deployments and stateful sets."""
        kinds = [f"deployment/{name}" for name in names]
        if not names:
            listed = await self.kubectl("get", "deployments,statefulsets", "--output", "name")
            kinds = listed.split()
        for kind in kinds:
            await self.kubectl(
                "rollout", "status", kind, f"--timeout={READY_SECONDS}s", seconds=READY_SECONDS + 10
            )

    async def restart(self, name: str) -> None:
        """Replace the pods of a deployment as an upgrade does, and wait until the old ones are gone."""
        before = {pod["metadata"]["uid"] for pod in await self.pods(name)}
        await self.kubectl("rollout", "restart", f"deployment/{name}")
        await self.ready(name)

        async def gone() -> bool:
            return before.isdisjoint(pod["metadata"]["uid"] for pod in await self.pods(name))

        await until(gone, seconds=READY_SECONDS, what=f"the old pods of {name} are gone")

    async def replaced(self, name: str, pods: Collection[str]) -> None:
        """Wait until pods of a deployment, by their uids, are gone and others are ready in their place.

        After a forced deletion the rollout looks complete for a moment, until the controller notices it.
        """

        async def others() -> bool:
            there = {pod["metadata"]["uid"] for pod in await self.pods(name)}
            return bool(there) and there.isdisjoint(pods)

        await until(others, seconds=READY_SECONDS, what=f"another pod of {name} is there")
        await self.ready(name)

    async def pods(self, *names: str) -> list[dict[str, Any]]:
        """Return pods by their label, terminating ones included; all without names."""
        chosen = [f"--selector=app.kubernetes.io/name in ({','.join(names)})"] if names else []
        found: list[dict[str, Any]] = (await self.read("pods", *chosen))["items"]
        return found

    async def exec(self, target: str, *arguments: str, seconds: float = 30, stdin: str | None = None) -> str:
        """Run a program in a pod, or in a pod of a deployment."""
        return await self.kubectl("exec", "--stdin", target, "--", *arguments, seconds=seconds, stdin=stdin)

    async def address(self, service: str) -> str:
        """Return the address of a service: `10.96.1.2:8080`."""
        if service not in self._addresses:
            found = await self.read("service", service)
            self._addresses[service] = f"{found['spec']['clusterIP']}:{PORTS[service]}"
        return self._addresses[service]

    async def url(self, service: str) -> str:
        """Return the URL of a service."""
        return f"http://{await self.address(service)}"

    async def database_url(self) -> str:
        """The URL of the database."""
        return f"postgresql://mailtide:demo@{await self.address('postgres')}/mailtide"

    async def simulator(self) -> SimulatorAdmin:
        """Return a client of the simulator's admin API."""
        return SimulatorAdmin(await self.url("nylas"))

    async def connect(self, box: MailboxInfo) -> None:
        """Connect a mailbox through OAuth, as a browser inside the cluster does."""
        await user_actions.connect_from_outside(
            box,
            {f"http://{name}:{PORTS[name]}": await self.url(name) for name in ("ingress", "nylas")},
            secret=CONNECT_SECRET,
        )

    async def cron(self) -> dict[str, Any]:
        """Call the cron route until its run is complete, and return the report."""
        return await user_actions.cron_to_its_end(await self.url("scheduler"), CRON_SECRET)

    async def tick(self, name: str) -> dict[str, Any]:
        """Run the CronJob now, under another name, and return the report that it printed."""
        await self.kubectl("create", "job", name, "--from=cronjob/sync")
        await self.kubectl("wait", f"job/{name}", *condition("complete"), seconds=READY_SECONDS + 10)
        printed = await self.kubectl("logs", f"job/{name}")
        # Lines of its log may come before the report.
        report: dict[str, Any] = json.loads(printed[printed.index("{\n") :])
        return report

    async def hold(self, pod: str) -> None:
        """Keep a pod's object after the pod has ended, so that its end can be inspected."""
        await self._finalizers(pod, [FINALIZER])

    async def release(self, pod: str) -> None:
        """Delete the pod's object."""
        await self._finalizers(pod, [])

    async def _finalizers(self, pod: str, finalizers: list[str]) -> None:
        patch = json.dumps({"metadata": {"finalizers": finalizers}})
        await self.kubectl("patch", f"pod/{pod}", "--type=merge", f"--patch={patch}")

    async def end(self, pod: str) -> int:
        """Delete a pod, and return its exit code: 137 if it exceeded its grace period."""
        await self.hold(pod)
        await self.kubectl("delete", f"pod/{pod}", "--wait=false")
        state: dict[str, Any] = {}

        async def ended() -> bool:
            status = (await self.read(f"pod/{pod}"))["status"]
            state.update(status["containerStatuses"][0]["state"])
            return "terminated" in state

        try:
            await until(ended, seconds=READY_SECONDS, what=f"{pod} ends")
        finally:
            await self.release(pod)
        return int(state["terminated"]["exitCode"])


def condition(name: str) -> tuple[str, ...]:
    """Options of `kubectl wait`."""
    return f"--for=condition={name}", f"--timeout={READY_SECONDS}s"
