"""A mistake in a manifest, and how to reach what it changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .manifests import Manifest, containers, find, of_kind, pods


def container(objects: list[Manifest], owner: str) -> Manifest:
    return next(each for name, each in containers(objects) if name == owner)


def template(objects: list[Manifest], owner: str) -> Manifest:
    return next(each for name, each in pods(objects) if name == owner)


def spec(objects: list[Manifest], name: str) -> Manifest:
    found: Manifest = find(objects, name)["spec"]
    return found


def env(objects: list[Manifest], owner: str, name: str) -> Manifest:
    found: Manifest = next(each for each in container(objects, owner)["env"] if each["name"] == name)
    return found


def settings(objects: list[Manifest]) -> dict[str, str]:
    found: dict[str, str] = of_kind(objects, "ConfigMap")[0]["data"]
    return found


def rule(objects: list[Manifest], number: int) -> Manifest:
    found: Manifest = of_kind(objects, "PrometheusRule")[0]["spec"]["groups"][0]["rules"][number]
    return found


def without(objects: list[Manifest], name: str) -> None:
    objects.remove(find(objects, name))


@dataclass(frozen=True)
class Mistake:
    """Something to break, the check that must notice, and what it says."""

    check: str
    what: str
    make: Callable[[list[Manifest]], Any]
    says: str
    variant: str = "prod-everything"
