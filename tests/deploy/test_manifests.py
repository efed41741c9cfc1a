"""deploy/k8s without a cluster: kustomize builds every variant, and the checks in this folder are applied to it.

`mistakes.yaml` changes what was built, to show that each check reports the mistake.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import yaml

from mailtide_devkit.generate import strimzi

from . import agreement, arrows, given, policy, schemas, strimzi_models, structure
from .manifests import COMPONENTS, EVERYTHING, K8S, VARIANTS, Manifest, built
from .mistakes import MISTAKES, Mistake, make

pytestmark = pytest.mark.timeout(600)  # the first run builds kustomize and kubectl-validate

CHECKS: dict[str, Callable[[list[Manifest]], Iterable[str]]] = {
    "schemas": schemas.problems,
    "strimzi": strimzi_models.problems,
    "security": policy.security_problems,
    "containers": policy.container_problems,
    "structure": structure.problems,
    "settings": given.settings_problems,
    "secrets": given.secret_problems,
    "logins": given.login_problems,
    "ports": agreement.port_problems,
    "topics": agreement.topic_problems,
    "metrics": agreement.metric_problems,
    "arrows": arrows.problems,
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_passes_every_check(name: str, check: str) -> None:
    assert list(CHECKS[check](built(name))) == []


@pytest.mark.parametrize("mistake", [each for each in MISTAKES if each.check in CHECKS], ids=str)
def test_a_mistake_is_caught(mistake: Mistake) -> None:
    objects = built(mistake.variant)
    make(mistake, objects)
    found = list(CHECKS[mistake.check](objects))
    assert any(mistake.error in each for each in found), found


def test_every_check_is_shown_catching_a_mistake() -> None:
    assert {mistake.check for mistake in MISTAKES} == {*CHECKS, "compose"}


@pytest.mark.parametrize("name", strimzi.MANIFESTS)
def test_strimzi_has_the_topics_and_logins_of_the_code(name: str) -> None:
    written = K8S / "components/strimzi" / name
    assert written.read_text("utf-8") == strimzi.MANIFESTS[name](), "run `make docs`"


def test_prod_offers_every_component() -> None:
    text = (K8S / "overlays/prod/kustomization.yaml").read_text("utf-8")
    assert sorted(re.findall(r"- \.\./\.\./components/([a-z-]+)", text)) == list(COMPONENTS)
    assert sorted({*EVERYTHING, "kafka-login"}) == list(COMPONENTS)


def test_every_file_is_used() -> None:
    """A manifest that no kustomization names is never applied."""
    used: set[Path] = set()
    for path in K8S.rglob("kustomization.yaml"):
        content = yaml.safe_load(path.read_text("utf-8"))
        names = [*content.get("resources", [])]
        names += [each["path"] for each in content.get("patches", []) if "path" in each]
        used |= {(path.parent / name).resolve() for name in names}
    there = {path.resolve() for path in K8S.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert sorted(there - used) == []
