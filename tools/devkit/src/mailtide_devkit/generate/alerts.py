"""Generates the alert rules for a Prometheus that runs without the Prometheus operator.

They are the rules of the Kubernetes component `monitoring`.
"""

from pathlib import Path

import yaml

from .invariants import ROOT

SOURCE = Path("deploy/k8s/components/monitoring/alerts.yaml")
ALERTS = Path("deploy/monitoring/alerts.yml")
NOTE = f"# Written by `make docs` from {SOURCE}; do not edit.\n"


def alerts() -> str:
    """Return the content of a rule file (`rule_files` in Prometheus' configuration)."""
    rules = yaml.safe_load((ROOT / SOURCE).read_text("utf-8"))["spec"]
    return NOTE + yaml.safe_dump(rules, sort_keys=False, width=1_000)
