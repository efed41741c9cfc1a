"""Applies the mistakes in `mistakes.yaml` to correct manifests, to test that the checks report them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .manifests import Manifest, name_of, pods, unhashed

POD = {
    "pod": "template.spec",
    "container": "template.spec.containers.0",
}


@dataclass(frozen=True)
class Mistake:
    """An entry of the file."""

    check: str
    error: str
    place: str | None = None
    path: str | None = None
    change: tuple[Any, ...] = ()
    """The new value; empty if the path is to be deleted."""
    variant: str = "prod-everything"

    def __str__(self) -> str:
        return f"{self.check}: {self.error}"


def _mistake(check: str, line: dict[str, Any]) -> Mistake:
    change = (line.pop("to"),) if "to" in line else ()
    return Mistake(check, change=change, place=line.pop("in", None), **line)


MISTAKES = [
    _mistake(check, line)
    for check, lines in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8")).items()
    for line in lines
]


def make(mistake: Mistake, objects: list[Manifest]) -> None:
    """Apply a mistake to objects. A path that does not exist raises an error."""
    target = next(each for each in objects if mistake.place in (unhashed(each), each["kind"]))
    if mistake.path is None:
        objects.remove(target)
        return
    first, _, rest = mistake.path.partition(".")
    if first in ("pod", "container", "template"):
        target = {"template": dict(pods([target]))[name_of(target)]}
        first = POD.get(first, first)
    change(target, f"{first}.{rest}".rstrip("."), mistake)


def change(root: Any, path: str, mistake: Mistake) -> None:
    """Replace or delete the value at a path."""
    *steps, last = path.split(".")
    for step in steps:
        root = root[_key(root, step)]
    key = _key(root, last)
    if mistake.change:
        root[key] = mistake.change[0]
    else:
        del root[key]


def _key(container: Any, step: str) -> Any:
    if isinstance(container, dict):
        return step
    if step.isdigit():
        return int(step)
    return next(index for index, each in enumerate(container) if step in each.values())
