"""Generates the alerts for a Prometheus without its operator, from those of the Kubernetes component."""

from pathlib import Path

import yaml

from .invariants import ROOT

SOURCE = Path("deploy/k8s/components/monitoring/alerts.yaml")
ALERTS = Path("deploy/monitoring/alerts.yml")
NOTE = f"# Written by `make docs` from {SOURCE}; do not edit.\n"


def alerts() -> str:
    """Return the rules in the format of a file that Prometheus' `rule_files` names."""
    rules = yaml.safe_load((ROOT / SOURCE).read_text("utf-8"))["spec"]
    return NOTE + yaml.safe_dump(rules, sort_keys=False, width=1_000)
