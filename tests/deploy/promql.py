"""Metrics, labels and their values in PromQL are those of the code."""

import re
from collections.abc import Iterator
from functools import cache

from mailtide_devkit.generate import docs
from mailtide_ingress import answers

SERIES = re.compile(r"mailtide_[a-z_]+")
MATCHER = re.compile(r"(mailtide_[a-z_]+)\{([^}]*)\}")
LABEL = re.compile(r'([a-z_]+)\s*(?:=~?|!=)\s*"([^"]*)"')
GROUPED = re.compile(r"by \(([^)]*)\)")
ADDED = {"instance", "job"}
"""Labels that Prometheus adds to what it scrapes."""


@cache
def labels() -> dict[str, set[str]]:
    """The labels of every series that a process of Mailtide serves."""
    docs.metrics_page()  # registers every metric
    return {
        series: {*names, *(("le",) if series.endswith("_bucket") else ())}
        for series, names in docs.metric_labels().items()
    }


def problems(expression: str) -> Iterator[str]:
    """What an expression names that no process serves."""
    known = labels()
    series = set(SERIES.findall(expression))
    answered = {value.name for value in vars(answers).values() if isinstance(value, answers.Answer)}
    yield from (f"there is no metric {each}" for each in sorted(series - known.keys()))
    for name, matchers in MATCHER.findall(expression):
        for label, values in LABEL.findall(matchers):
            if label not in known.get(name, set()):
                yield f"{name} has no label {label}"
            if label == "answer":
                yield from (f"no delivery has the answer {each}" for each in {*values.split("|")} - answered)
    grouped = set(", ".join(GROUPED.findall(expression)).split(", ")) - {""}
    for name in series & known.keys():
        yield from (f"{name} has no label {each}" for each in sorted(grouped - known[name] - ADDED))
