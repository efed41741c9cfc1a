"""The dashboards ask for what the code serves, and show all of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailtide_common.runtime.web.ports import PORTS
from mailtide_devkit.generate.alerts import ALERTS, alerts
from mailtide_devkit.generate.dashboards.every import DASHBOARDS, FOLDER
from mailtide_devkit.generate.dashboards.grafana import Query
from mailtide_harness.servers.prometheus import queries_of

from . import promql
from .manifests import ROOT, built, name_of, of_kind

SUFFIX = re.compile(r"_(bucket|sum|count|gsum|gcount|total|created)$")


def written(name: str) -> str:
    return (ROOT / FOLDER / name).read_text("utf-8")


def problems(query: Query) -> Iterator[str]:
    yield from promql.problems(query.expression)
    shown = set(re.findall(r"\{\{(\w+)\}\}", query.name))
    kept = set(", ".join(promql.GROUPED.findall(query.expression)).split(", "))
    yield from (f"{query.expression} keeps no label {each}" for each in shown - kept)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_current_and_asks_for_what_is_served(name: str) -> None:
    assert written(name) == DASHBOARDS[name](), "run `make docs`"
    assert [problem for query in queries_of(written(name)) for problem in problems(query)] == []


@pytest.mark.parametrize(
    ("expression", "legend", "problem"),
    [
        ("sum(rate(mailtide_x_total[5m]))", "", "no metric mailtide_x_total"),
        ("sum by (status) (mailtide_ingress_deliveries_total)", "", "no label status"),
        ('mailtide_nylas_call_duration_seconds_count{status!="ok"}', "", "no label status"),
        ('mailtide_ingress_deliveries_total{answer="lost"}', "", "no delivery has the answer lost"),
        ("sum by (answer) (mailtide_ingress_deliveries_total)", "{{outcome}}", "keeps no label outcome"),
    ],
)
def test_a_mistake_is_found(expression: str, legend: str, problem: str) -> None:
    assert any(problem in each for each in problems(Query(expression, legend)))


def test_every_metric_is_on_a_dashboard() -> None:
    text = " ".join(query.expression for name in DASHBOARDS for query in queries_of(written(name)))
    shown = {SUFFIX.sub("", each) for each in promql.SERIES.findall(text)}
    served = {SUFFIX.sub("", each) for each in promql.labels() if each.startswith("mailtide_")}
    assert served - shown == set()


def test_a_dashboard_has_no_two_panels_of_one_title_and_an_address_of_its_own() -> None:
    boards: list[dict[str, Any]] = [json.loads(written(name)) for name in DASHBOARDS]
    assert len({board["uid"] for board in boards}) == len(boards)
    for board in boards:
        titles = [panel["title"] for panel in board["panels"]]
        assert len(set(titles)) == len(titles), board["title"]


def test_kubernetes_gets_every_dashboard() -> None:
    maps = {
        name_of(each): each
        for each in of_kind(built("prod-monitoring"), "ConfigMap")
        if each["metadata"]["labels"].get("grafana_dashboard") == "1"
    }
    given = {name: text for each in maps.values() for name, text in each["data"].items()}
    assert given == {name: board() for name, board in DASHBOARDS.items()}


def test_prometheus_of_compose_scrapes_every_service_and_has_the_alerts() -> None:
    monitoring = ROOT / "deploy/monitoring"
    assert (ROOT / ALERTS).read_text("utf-8") == alerts(), "run `make docs`"
    jobs = yaml.safe_load((monitoring / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    asked = {job["job_name"]: job["dns_sd_configs"][0] for job in jobs}
    assert {name: (each["names"], each["port"]) for name, each in asked.items()} == {
        name: ([name], port) for name, port in PORTS.items()
    }
    datasource = yaml.safe_load((monitoring / "grafana/datasource.yml").read_text("utf-8"))["datasources"][0]
    compose = yaml.safe_load(Path(ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    assert datasource["url"] == "http://prometheus:9090"
    assert set(compose["grafana"]["networks"]) & set(compose["prometheus"]["networks"])
