"""The generated dashboards, by file name."""

from collections.abc import Callable
from pathlib import Path

from .accounts import accounts
from .kafka_lag import kafka
from .overview import overview
from .services import ingress, persister, workers

FOLDER = Path("deploy/monitoring/dashboards")

DASHBOARDS: dict[str, Callable[[], str]] = {
    "overview.json": overview,
    "ingress.json": ingress,
    "workers.json": workers,
    "persister.json": persister,
    "kafka-lag.json": kafka,
    "accounts.json": accounts,
}
