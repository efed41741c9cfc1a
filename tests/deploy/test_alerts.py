"""Every alert goes off when it should and not before, told by Prometheus' own promtool."""

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailtide_common.contracts.events import AlertKind

from . import programs
from .kept import cached
from .manifests import K8S, ROOT
from .programs import MissingToolError

RULES: dict[str, Any] = yaml.safe_load((K8S / "components/monitoring/alerts.yaml").read_text("utf-8"))["spec"]
BY_NAME: dict[str, dict[str, Any]] = {rule["alert"]: rule for rule in RULES["groups"][0]["rules"]}
PROMTOOL = "have promtool on the PATH, or apt-get to fetch Debian's package prometheus"

ACCEPTED = ('mailtide_ingress_deliveries_total{answer="accepted"}', "0+60x60")


@dataclass(frozen=True)
class Case:
    """What Prometheus saw, minute by minute; when the alert is quiet, and when it has gone off."""

    alert: str
    series: list[tuple[str, str]]
    quiet: int
    loud: int
    labels: dict[str, str] = field(default_factory=dict)


GROUP = {"topic": "t", "group": "g"}
LAG = 'mailtide_kafka_consumer_lag_records{topic="t",group="g"}'
DELAY = "mailtide_persister_delay_seconds_bucket"
HALTED = 'mailtide_kafka_consumer_halted{topic="t",group="g"}'
CASES = [
    Case("MailtideNotScraped", [ACCEPTED, ("mailtide_scheduler_webhook_active", "1x20 _x40")], 20, 40),
    Case("MailtideWebhookInactive", [("mailtide_scheduler_webhook_active", "1x10 0x50")], 12, 20),
    Case(
        "MailtideIngressRefuses",
        [ACCEPTED, ('mailtide_ingress_deliveries_total{answer="not-stored"}', "0x20 0+20x40")],
        20,
        35,
    ),
    Case(
        "MailtidePublishFails",
        [('mailtide_kafka_publish_failures_total{topic="t"}', "0x20 1+1x40")],
        20,
        35,
        {"topic": "t"},
    ),
    Case("MailtideConsumerHalted", [(HALTED, "0x20 1x40")], 20, 25, GROUP),
    Case(
        "MailtideClockAhead",
        [('mailtide_clock_lead_seconds{instance="w"}', "0x20 3600x40")],
        20,
        25,
        {"instance": "w"},
    ),
    Case("MailtideLagGrows", [(LAG, "0x20 0+200x40")], 25, 55, GROUP),
    Case(
        "MailtideMailLate",
        [
            (f'{DELAY}{{le="10"}}', "0+60x10 600x50"),
            (f'{DELAY}{{le="30"}}', "0+60x60"),
            (f'{DELAY}{{le="+Inf"}}', "0+60x60"),
        ],
        10,
        40,
    ),
    Case(
        "MailtideDeadLetters",
        [('mailtide_kafka_dead_lettered_records_total{topic="t",group="g",error="e"}', "0x10 1x50")],
        10,
        15,
        GROUP,
    ),
    Case(
        "MailtideSyncLate",
        [('mailtide_scheduler_oldest_due_task_seconds{kind="delta"}', "0x10 2000x50")],
        15,
        30,
        {"kind": "delta"},
    ),
    Case("MailtideNylasFails", [("mailtide_sync_worker_circuit_openings_total", "0x10 0+1x50")], 12, 30),
    Case(
        "MailtideIncident",
        [('mailtide_scheduler_incidents_total{kind="webhook-silent"}', "0x10 1x50")],
        10,
        15,
        {"kind": "webhook-silent"},
    ),
]


def promtool() -> Path:
    """The program.

    Raises:
        MissingToolError: it is nowhere to be had.
    """

    def fetch(folder: Path) -> None:
        programs.program("apt-get", PROMTOOL)
        programs.run(
            "sh", "-c", f"cd {folder} && apt-get download prometheus && dpkg-deb -x prometheus_*.deb ."
        )
        (folder / "usr/bin/promtool").rename(folder / "promtool")
        shutil.rmtree(folder / "usr")
        for package in folder.glob("*.deb"):
            package.unlink()

    found = shutil.which("promtool")
    if found:
        return Path(found)
    try:
        return cached("promtool-1", fetch) / "promtool"
    except RuntimeError as error:
        raise MissingToolError(f"promtool is missing: {PROMTOOL}") from error


def run(folder: Path, *arguments: str) -> str:
    try:
        tool = promtool()
    except MissingToolError as missing:
        pytest.skip(str(missing))
    (folder / "rules.yaml").write_text(yaml.safe_dump(RULES), "utf-8")
    return programs.run(tool, *arguments)


def expected(case: Case) -> dict[str, Any]:
    rule = BY_NAME[case.alert]
    said = re.sub(
        r"\{\{ \$labels\.(\w+) \}\}", lambda found: case.labels[found[1]], rule["annotations"]["summary"]
    )
    return {
        "exp_labels": rule["labels"] | case.labels,
        "exp_annotations": rule["annotations"] | {"summary": said},
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_it_goes_off_when_it_should(case: Case, tmp_path: Path) -> None:
    tests = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in case.series],
                "alert_rule_test": [
                    {"eval_time": f"{case.quiet}m", "alertname": case.alert, "exp_alerts": []},
                    {"eval_time": f"{case.loud}m", "alertname": case.alert, "exp_alerts": [expected(case)]},
                ],
            }
        ],
    }
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(tests), "utf-8")
    run(tmp_path, "test", "rules", str(tmp_path / "tests.yaml"))


def test_a_rule_that_prometheus_cannot_read_is_caught(tmp_path: Path) -> None:
    assert f"SUCCESS: {len(BY_NAME)} rules found" in run(
        tmp_path, "check", "rules", str(tmp_path / "rules.yaml")
    )
    broken = tmp_path / "broken.yaml"
    broken.write_text(yaml.safe_dump(RULES).replace("sum by (topic)", "sum by topic"), "utf-8")
    with pytest.raises(RuntimeError, match="parse error"):
        run(tmp_path, "check", "rules", str(broken))


def test_every_alert_has_its_case() -> None:
    assert {case.alert for case in CASES} == BY_NAME.keys()


def test_every_kind_of_incident_has_its_line_in_the_runbook() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text("utf-8")
    assert [kind for kind in AlertKind if f"| `{kind}` |" not in runbook] == []
