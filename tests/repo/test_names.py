"""The names that operators write into dashboards and filters follow the rules of CONTRIBUTING.md."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram, Metric

from mailtide_common.runtime.gauge_histogram import GaugeHistogram
from mailtide_devkit.generate.docs import METRICS

ROOT = Path(__file__).parents[2]

SHARED_AREAS = {"kafka", "http", "nylas", "clock"}
GAUGE_UNITS = ("seconds", "bytes", "ratio", "records", "tasks", "deliveries", "incidents")
STATES = ("halted", "active")
"""Last words of gauges that are 1 or 0."""

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
EVENT = re.compile(
    r"[a-z]+(_[a-z]+)*_(\w+ed|\w+[ai]ble|held|unsent|unknown|missing|ahead|down|silent|different)"
)
"""A subject, then what happened to it: a past participle or an adjective."""

Collector = Counter | Gauge | Histogram | GaugeHistogram


def collectors() -> Iterator[tuple[str, str, Collector]]:
    """The module of each metric, the constant that holds it, and itself."""
    for name in METRICS:
        for constant, value in vars(import_module(name)).items():
            if isinstance(value, Collector):
                yield name, constant, value


def metric_problem(module: str, constant: str, metric: Metric) -> str | None:
    service = module.partition(".")[0].removeprefix("mailtide_")
    areas = SHARED_AREAS if service == "common" else {service}
    area = next((area for area in areas if metric.name.startswith(f"mailtide_{area}_")), None)
    if area is None:
        return "its area is none of this module's"
    if metric.type.endswith("histogram") and not metric.name.endswith(("_seconds", "_bytes")):
        return "a histogram has a unit"
    if metric.type == "gauge" and not metric.name.endswith((*GAUGE_UNITS, *STATES)):
        return "a gauge has a unit, or is a state"
    prefix = "mailtide_" if service == "common" else f"mailtide_{service}_"
    return None if constant == metric.name.removeprefix(prefix).upper() else "its constant has another name"


def test_metric_names_have_their_area_and_unit() -> None:
    problems = {
        constant: problem
        for module, constant, collector in collectors()
        for metric in collector.collect()
        if (problem := metric_problem(module, constant, metric))
    }
    assert problems == {}


@pytest.mark.parametrize(
    ("module", "constant", "name", "kind"),
    [
        ("mailtide_persister.metrics", "KAFKA_LAG_RECORDS", "mailtide_kafka_lag_records", "gauge"),
        ("mailtide_common.runtime.metrics", "RUNS", "mailtide_runs", "counter"),
        ("mailtide_persister.metrics", "DELAY_MS", "mailtide_persister_delay_ms", "histogram"),
        ("mailtide_persister.metrics", "LAG", "mailtide_persister_lag", "gauge"),
        ("mailtide_persister.metrics", "APPLIED", "mailtide_persister_records", "counter"),
    ],
)
def test_a_name_that_breaks_the_rule_is_found(module: str, constant: str, name: str, kind: str) -> None:
    assert metric_problem(module, constant, Metric(name, "", kind)) is not None


def log_events(tree: ast.AST) -> Iterator[str | None]:
    """The first argument of each call of a logger, and each argument `event` that is passed on to one.

    None when it is no literal.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log")), args=[ast.Name(id="event"), *_]):
                continue  # what callers pass is checked below
            case ast.keyword(arg="event", value=ast.Constant(value=str(event))):
                yield event
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[first, *_]) if (
                level in LEVELS
            ):
                yield str(first.value) if isinstance(first, ast.Constant) else None


def test_log_events_name_a_subject_and_what_happened_to_it() -> None:
    sources = {
        path: path.read_text("utf-8")
        for folder in ("libs", "services", "tools")
        for path in (ROOT / folder).glob("*/src/**/*.py")
    }
    loggers = {name for source in sources.values() for name in re.findall(r"(\w+) = get_logger\(", source)}
    assert loggers == {"log"}, "the test looks for calls of `log`"
    found = [
        (path.name, event) for path, source in sources.items() for event in log_events(ast.parse(source))
    ]
    assert [each for each in found if each[1] is None or not EVENT.fullmatch(each[1])] == []


@pytest.mark.parametrize("call", ['log.info("Sync failed")', 'log.info("redo")', "log.error(f'{x}_failed')"])
def test_an_event_that_breaks_the_rule_is_found(call: str) -> None:
    (event,) = log_events(ast.parse(call))
    assert event is None or not EVENT.fullmatch(event)
