"""All distributions have one version, and overlay `prod` runs that one (`make release`)."""

import re
import tomllib
from pathlib import Path

from mailtide_common.contracts.schema_revision import SCHEMA_REVISION
from mailtide_persister.schema.migrations import newest_revision

ROOT = Path(__file__).parents[2]


def test_the_doctor_requires_the_newest_migration() -> None:
    assert newest_revision() == SCHEMA_REVISION


def test_one_version_everywhere() -> None:
    projects = [ROOT / "pyproject.toml", *ROOT.glob("*/*/pyproject.toml")]
    versions = {tomllib.loads(path.read_text("utf-8"))["project"]["version"] for path in projects}
    overlay = (ROOT / "deploy/k8s/overlays/prod/kustomization.yaml").read_text("utf-8")
    assert versions == set(re.findall(r"newTag: (.+)", overlay))
    assert len(versions) == 1


def test_a_released_version_is_in_the_changelog() -> None:
    """Before the first release there is none."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert "\n## Unreleased\n" in text
    assert f"\n## {version} - " in text or "No version has been released yet." in text
