"""deploy/k8s, run for real on a Kubernetes of one node, starting from nothing. Run by `make test-k8s`."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from mailtide_devkit.commands import CommandError
from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.arrivals import Arrivals
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.webhook import webhook_is_active
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

from .cluster import DEV, NAMESPACE, PORTS, PROD, ROOT, SERVICES, Cluster
from .load import Sender, accepted, mail_arrives

HERE = Path(__file__).parent
CHECK_SECONDS = 90
SLOW_SECONDS = 3
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
ARROWS = {
    "ingress": {"kafka", "nylas"},
    "scheduler": {"kafka", "postgres", "nylas"},
    "sync-worker": {"kafka", "postgres", "nylas"},
    "persister": {"kafka", "postgres"},
    "notifier": {"kafka", "postgres"},
    "nylas": {"ingress"},
    "cli": {"kafka", "postgres", "scheduler"},
}
"""What may connect to what: docs/architecture.md, the simulator's webhooks, and the operator's command."""


@pytest.fixture(scope="module")
async def cluster() -> Cluster:
    """The overlay `dev`, applied to an empty cluster."""
    cluster = Cluster()
    await cluster.apply(DEV)
    return cluster


@pytest.fixture(scope="module")
async def admin(cluster: Cluster) -> AsyncIterator[SimulatorAdmin]:
    async with await cluster.simulator() as admin:
        await admin.set_sender(delays=[1, 4, 8])  # a pod that is replaced is unavailable for some seconds
        yield admin


@pytest.fixture(scope="module")
async def grants(cluster: Cluster, admin: SimulatorAdmin) -> list[str]:
    """The grants of three mailboxes that are connected through OAuth and filled."""
    for box in await admin.mailboxes():
        await cluster.connect(box)
    await webhook_is_active(admin, seconds=user_actions.SETTLE_SECONDS)
    grants = [str(grant["id"]) for grant in await admin.grants()]
    await user_actions.equal(await cluster.database_url(), admin, grants, seconds=CHECK_SECONDS)
    return grants


async def equal(cluster: Cluster, admin: SimulatorAdmin, grants: list[str]) -> None:
    """Wait until every row equals its message, field by field."""
    await user_actions.equal(await cluster.database_url(), admin, grants, seconds=CHECK_SECONDS)


async def test_everything_is_ready_from_nothing(cluster: Cluster) -> None:
    for deployment in (await cluster.read("deployments"))["items"]:
        status = deployment["status"]
        assert status["readyReplicas"] == deployment["spec"]["replicas"], deployment["metadata"]["name"]
    jobs = (await cluster.read("jobs"))["items"]
    assert {job["metadata"]["name"] for job in jobs} == {"topics", "migrate"}
    assert all(job["status"]["succeeded"] == 1 for job in jobs)


async def test_every_pod_is_restricted_and_no_other_is_let_in(cluster: Cluster) -> None:
    label = ("label", "--overwrite", "--dry-run=server", f"namespace/{NAMESPACE}", RESTRICTED)
    namespace = await cluster.read("namespace", NAMESPACE)
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert await cluster.pods(*SERVICES)
    await cluster.kubectl(*label)  # the server would warn of every pod that is not
    with pytest.raises(CommandError, match="violates PodSecurity"):
        await cluster.kubectl("run", "privileged", "--image=mailtide/ingress:dev", "--privileged")


async def test_the_server_takes_what_is_for_production(cluster: Cluster) -> None:
    await cluster.kubectl("delete", "jobs", "topics", "migrate")  # docs/deploy.md: before an upgrade
    said = await cluster.kubectl("apply", "--kustomize", str(PROD), "--dry-run=server")
    for service in SERVICES:
        assert f"deployment.apps/{service} configured (server dry run)" in said


async def test_a_webhook_becomes_a_row(cluster: Cluster, admin: SimulatorAdmin, grants: list[str]) -> None:
    async with Arrivals(await cluster.database_url()) as arrivals:
        expected: set[str] = set()
        for box in await admin.mailboxes():
            expected |= set(await admin.deliver(box.email, 10))
        assert await arrivals.wait_for(expected, seconds=CHECK_SECONDS) == set()
    await equal(cluster, admin, grants)


async def test_packets_go_along_the_arrows_only(cluster: Cluster, grants: list[str]) -> None:
    assert grants
    assert await reachable(cluster) == ARROWS
    await cluster.kubectl("delete", "networkpolicies", "--all")
    try:
        assert await reachable(cluster) == {name: set(PORTS) for name in ARROWS}
    finally:
        await cluster.kubectl("apply", "--kustomize", str(DEV))


async def reachable(cluster: Cluster) -> dict[str, set[str]]:
    """Return for each program the others to which it can connect."""
    program = await asyncio.to_thread((HERE / "reach.py").read_text, "utf-8")
    addresses = {f"{name}:{port}": name for name, port in PORTS.items()}

    async def from_one(name: str) -> set[str]:
        printed = await cluster.exec(f"deployment/{name}", "python", "-", *addresses, stdin=program)
        answers = json.loads(printed)
        assert set(answers.values()) <= {"open", "closed"}, answers
        return {addresses[address] for address, answer in answers.items() if answer == "open"}

    return dict(zip(ARROWS, await asyncio.gather(*map(from_one, ARROWS)), strict=True))


async def test_three_workers_share_the_partitions(
    cluster: Cluster, admin: SimulatorAdmin, grants: list[str]
) -> None:
    program = await asyncio.to_thread((ROOT / "tests/containers/partitions.py").read_text, "utf-8")

    async def shares() -> list[int]:
        printed = await cluster.exec("deployment/sync-worker", "python", "-", stdin=program)
        return sorted(json.loads(printed.splitlines()[-1]))

    async def scaled(replicas: int) -> None:
        await cluster.kubectl("scale", "deployment/sync-worker", f"--replicas={replicas}")
        await cluster.ready("sync-worker")

        async def shared() -> bool:
            return await shares() == [12 // replicas] * replicas

        await until(shared, seconds=CHECK_SECONDS, what=f"{replicas} members share the partitions evenly")

    await scaled(3)
    async with Arrivals(await cluster.database_url()) as arrivals:
        expected = {id_ for box in await admin.mailboxes() for id_ in await admin.deliver(box.email, 20)}
        assert await arrivals.wait_for(expected, seconds=CHECK_SECONDS) == set()
    await equal(cluster, admin, grants)
    await scaled(1)


async def test_timer_and_cron_job_at_once_do_nothing_twice(
    cluster: Cluster, admin: SimulatorAdmin, grants: list[str]
) -> None:
    """The timer every 2 s, two jobs and the cron route run at the same time, because calls are slow."""
    await cluster.apply(HERE / "both")
    await cluster.restart("scheduler")
    await cluster.cron()  # an account's next turn is set when it was synced, so here the new rhythm begins
    timer = "SELECT count(*) FROM sync_tasks WHERE reason = 'timer' AND state = 'done'"
    before = await ask(cluster, timer)

    async def timer_works() -> bool:
        return bool(await ask(cluster, timer) > before)

    await until(timer_works, seconds=CHECK_SECONDS, what="the timer works")
    fault = await admin.fault("latency", seconds=SLOW_SECONDS, path="*/messages*")
    await admin.reset_calls()
    reports = await asyncio.gather(cluster.cron(), cluster.tick("both-1"), cluster.tick("both-2"))
    calls = await admin.calls()
    await admin.clear_faults(fault)
    assert [report["success"] for report in reports] == [True] * 3
    (run,) = {report["run_id"] for report in reports}
    assert await ask(cluster, "SELECT count(*) FROM sync_tasks WHERE run_id = $1", run) == len(grants)
    assert calls["peak_concurrency"] == dict.fromkeys(grants, 1)


async def test_the_cron_job_alone_heals_what_webhooks_did_not_say(
    cluster: Cluster, admin: SimulatorAdmin, grants: list[str]
) -> None:
    await cluster.apply(HERE / "cron")
    # Suspended, so that it runs only on request.
    await cluster.kubectl("patch", "cronjob/sync", '--patch={"spec":{"suspend":true}}')
    await cluster.restart("scheduler")

    async def timer_is_off() -> bool:
        due = "SELECT count(*) FROM account_schedules WHERE next_sync_at < now() + interval '1 day'"
        return bool(await ask(cluster, due) == 0)

    await until(timer_is_off, seconds=CHECK_SECONDS, what="no account has a next turn")
    fault = await admin.fault("drop", trigger="message.created")
    for box in await admin.mailboxes():
        await admin.deliver(box.email, 4)
    await admin.wait_idle()
    await admin.clear_faults(fault)
    report = await cluster.tick("heals")
    assert report["success"] is True
    assert {detail["syncedCount"] for detail in report["details"]} == {4}
    await equal(cluster, admin, grants)


async def ask(cluster: Cluster, question: str, *values: object) -> Any:
    """Return the single value that a query returns."""
    connection = await asyncpg.connect(await cluster.database_url())
    try:
        return await connection.fetchval(question, *values)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_deleted_pod_ends_in_good_order_and_loses_nothing(
    cluster: Cluster, admin: SimulatorAdmin, grants: list[str], service: str
) -> None:
    async with mail_arrives(admin):
        (pod,) = await running(cluster, service)
        uid = (await cluster.read(f"pod/{pod}"))["metadata"]["uid"]
        assert await cluster.end(pod) == 0
        await cluster.replaced(service, {uid})
    await nothing_is_lost(cluster, admin, grants)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_pod_deleted_by_force_loses_nothing(
    cluster: Cluster, admin: SimulatorAdmin, grants: list[str], service: str
) -> None:
    async with mail_arrives(admin):
        (pod,) = await running(cluster, service)
        uid = (await cluster.read(f"pod/{pod}"))["metadata"]["uid"]
        await cluster.kubectl("delete", f"pod/{pod}", "--grace-period=0", "--force")
        await cluster.replaced(service, {uid})
    await nothing_is_lost(cluster, admin, grants)


async def running(cluster: Cluster, service: str) -> list[str]:
    """Return the names of the pods of a service that are not terminating."""
    return [
        pod["metadata"]["name"]
        for pod in await cluster.pods(service)
        if "deletionTimestamp" not in pod["metadata"]
    ]


async def nothing_is_lost(cluster: Cluster, admin: SimulatorAdmin, grants: list[str]) -> None:
    """Wait until everything that was answered with 200 is a row; the next run finds what Nylas gave up."""
    expected = {delivery.object_id for delivery in await accepted(admin)}
    count = "SELECT count(*) FROM emails WHERE nylas_message_id = ANY($1)"

    async def all_are_rows() -> bool:
        return bool(await ask(cluster, count, list(expected)) == len(expected))

    await until(all_are_rows, seconds=CHECK_SECONDS, what=f"all {len(expected)} are rows")
    report = await cluster.cron()
    assert report["success"] is True
    await equal(cluster, admin, grants)


async def test_a_rolling_update_refuses_no_webhook(
    cluster: Cluster, admin: SimulatorAdmin, grants: list[str]
) -> None:
    (secret,) = {hook["webhook_secret"] for hook in await admin.webhooks()}
    senders = [
        Sender(await cluster.url("ingress"), secret, keep_alive=keep_alive) for keep_alive in (True, False)
    ]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as sending:
        for sender in senders:
            sending.create_task(sender.until_set(stop))
        try:
            async with mail_arrives(admin):
                for _ in range(2):
                    await cluster.restart("ingress")
        finally:
            stop.set()
    for sender in senders:
        assert sender.answers.keys() == {"200"}, sender.answers
        assert sender.answers["200"] > 100
    answers = Counter(
        str(attempt["status"] or attempt["problem"])
        for delivery in await admin.deliveries()
        for attempt in delivery.attempts
    )
    assert answers.keys() == {"200"}, answers
    await nothing_is_lost(cluster, admin, grants)
