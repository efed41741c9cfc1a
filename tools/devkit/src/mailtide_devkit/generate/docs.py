"""Generates the pages in `docs/generated`, except that of the tables (`tables.py`)."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from prometheus_client import REGISTRY, Metric
from pydantic.fields import FieldInfo

from mailtide.setup.config import SERVICES
from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.settings import (
    ENV_FILE,
    ENV_FILE_MEANING,
    SECRETS_DIR,
    SECRETS_DIR_MEANING,
    Settings,
)
from mailtide_common.runtime.web.ports import PORTS

from .api_pages import api_page
from .documents import DOCUMENTS, rendered
from .markdown import page, table

SETTINGS = {**SERVICES, "mailtide": "mailtide.scheduler:OperatorSettings"}
OPERATOR_ALSO = (
    "mailtide_common.runtime.settings:KafkaSettings",
    "mailtide_common.runtime.settings:PostgresSettings",
    "mailtide_common.runtime.settings:ConnectSettings",
    "mailtide_doctor.settings:DoctorSettings",
    "mailtide.notify:NotifierSettings",
)
"""Settings classes that only some commands of `mailtide` read."""

METRICS = (
    "mailtide_common.runtime.metrics",
    "mailtide_ingress.metrics",
    "mailtide_scheduler.metrics",
    "mailtide_sync_worker.metrics",
    "mailtide_persister.metrics",
    "mailtide_notifier.metrics",
    "mailtide_console.metrics",
)


def topics_page() -> str:
    """Return the page of topics, with keys, retention, producers and consumers."""
    rows = [
        (
            f"`{topic.name}`",
            topic.purpose,
            topic.key,
            _kept(topic),
            topic.compression,
            ", ".join(topic.producers),
            ", ".join(topic.consumers),
        )
        for topic in ALL_TOPICS
    ]
    header = ("Topic", "What", "Key", "Kept", "Compression", "Producers", "Consumers")
    return page("Topics", table(header, rows))


def configuration_page() -> str:
    """Return the page of settings: variable, default, meaning, and the programs that read it."""
    readers: dict[str, list[str]] = {}
    fields: dict[str, FieldInfo] = {}
    for command, path in [*SETTINGS.items(), *(("mailtide", path) for path in OPERATOR_ALSO)]:
        for name, field in settings_class(path).model_fields.items():
            reader = command.removeprefix("mailtide-")
            if reader not in readers.setdefault(name, []):
                readers[name].append(reader)
            fields.setdefault(name, field)
    rows = [
        (f"`{name.upper()}`", _default(name, field), field.description or "", _all_or(readers[name]))
        for name, field in fields.items()
    ]
    rows.append((f"`{SECRETS_DIR}`", "", SECRETS_DIR_MEANING, "all"))
    rows.append((f"`{ENV_FILE}`", "`.env`", ENV_FILE_MEANING, "all"))
    return page("Configuration", table(("Variable", "Default", "Meaning", "Read by"), sorted(rows)))


def metrics_page() -> str:
    """Return the page of Mailtide's own metrics, which processes serve at `/metrics`."""
    for module in METRICS:
        import_module(module)
    labels = metric_labels()
    rows = [
        (
            f"`{_served(metric)}`",
            metric.type,
            ", ".join(f"`{label}`" for label in labels[metric.name]),
            metric.documentation,
        )
        for metric in sorted(REGISTRY.collect(), key=lambda metric: metric.name)
        if metric.name.startswith("mailtide_")
    ]
    return page("Metrics", table(("Metric", "Kind", "Labels", "Meaning"), rows))


def metric_labels() -> dict[str, tuple[str, ...]]:
    """Return the label names of every time series in the registry, by the name of the series."""
    return {
        series: tuple(getattr(collector, "_labelnames", ()))
        for series, collector in REGISTRY._names_to_collectors.items()  # noqa: SLF001 - no public list of a registry's metrics
    }


PAGES: dict[str, Callable[[], str]] = {
    "topics.md": topics_page,
    "configuration.md": configuration_page,
    "metrics.md": metrics_page,
    **{name: partial(rendered, document) for name, document in DOCUMENTS.items()},
    **{
        f"api-{service}.md": partial(api_page, DOCUMENTS[f"openapi-{service}.json"], PORTS[service])
        for service in ("ingress", "scheduler", "notifier")
    },
}


def _served(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def settings_class(path: str) -> type[Settings]:
    """Import and return the settings class at `module:Name`."""
    module, name = path.split(":")
    found: type[Settings] = getattr(import_module(module), name)
    return found


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if name == "mailtide_port":
        return ", ".join(f"{port} {service}" for service, port in PORTS.items())
    return "" if field.default in (None, "") else f"`{field.default}`"


def _all_or(readers: Sequence[str]) -> str:
    return "all" if len(readers) == len(SETTINGS) else ", ".join(readers)


def _kept(topic: Topic) -> str:
    return f"{topic.retention_days} days" if topic.retention_days else "forever, compacted"
