"""Every alert fires when it should and not before: promtool runs `alerts_test.yaml`."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailtide_common.contracts.events import AlertKind
from mailtide_harness.servers import programs

from .manifests import K8S, ROOT

RULES = yaml.safe_dump(
    yaml.safe_load((K8S / "components/monitoring/alerts.yaml").read_text("utf-8"))["spec"], width=1_000
)
TESTS = Path(__file__).with_name("alerts_test.yaml")


def run_tests(folder: Path, rules: str) -> None:
    """Run the tests on these rules.

    Raises:
        RuntimeError: a test fails, or the rules cannot be read; the message has promtool's output.
    """
    (folder / "rules.yaml").write_text(rules, "utf-8")
    shutil.copy(TESTS, folder)
    programs.run(programs.of_prometheus("promtool"), "test", "rules", folder / TESTS.name)


def test_every_alert_fires_when_it_should(tmp_path: Path) -> None:
    run_tests(tmp_path, RULES)


@pytest.mark.parametrize(
    ("right", "wrong", "shown"),
    [
        ("sum by (topic) (rate", "sum by topic (rate", "parse error"),
        ("> 0.05", "> 2", "MailtideIngressRefuses"),
        ("{{ $labels.group }} falls", "{{ $labels.topic }} falls", "MailtideLagGrows"),
    ],
)
def test_a_wrong_rule_fails(right: str, wrong: str, shown: str, tmp_path: Path) -> None:
    assert RULES.count(right) == 1
    with pytest.raises(RuntimeError, match=shown):
        run_tests(tmp_path, RULES.replace(right, wrong))


def test_every_alert_is_tested_silent_and_firing() -> None:
    alerts = {rule["alert"] for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]}
    tests: list[dict[str, Any]] = [
        test for each in yaml.safe_load(TESTS.read_text("utf-8"))["tests"] for test in each["alert_rule_test"]
    ]
    for firing in (False, True):
        assert {test["alertname"] for test in tests if bool(test["exp_alerts"]) is firing} == alerts


def test_every_kind_of_incident_has_its_line_in_the_runbook() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text("utf-8")
    assert [kind for kind in AlertKind if f"| `{kind}` |" not in runbook] == []
