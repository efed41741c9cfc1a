"""Builds dashboards with Grafana's own typed models from titles, units and queries."""

import string
from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row, ThresholdsConfig
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
"""The data source of all panels. It is a variable of the dashboard, so that it may have any name."""

COLUMNS = 24
NUMBERS_IN_A_ROW = 6
GRAPHS_IN_A_ROW = 3
NUMBER_HEIGHT = 4
GRAPH_HEIGHT = 8


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a graph.

    Attributes:
        expression: PromQL.
        name: the legend of its lines. Grafana replaces a label in double braces by its value.
    """

    expression: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A panel with the present value of a query.

    Attributes:
        title: shown above the value.
        unit: Grafana's name of the unit.
        query: PromQL with a single result.
        good: from this value on, the number is green; below it, red.
        bad: from this value on, the number is red; below it, green.
    """

    title: str
    unit: str
    query: str
    good: float | None = None
    bad: float | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A panel with a line over time for each series of its queries."""

    title: str
    unit: str
    queries: Sequence[Query]


@dataclass(frozen=True, slots=True)
class Section:
    """A titled row of panels. Numbers must come before graphs."""

    title: str
    panels: Sequence[Number | Graph]


def dashboard(uid: str, title: str, description: str, sections: Sequence[Section]) -> str:
    """Return a dashboard as JSON that Grafana imports, with sorted keys.

    Args:
        uid: identifies the dashboard in URLs.
        title: shown in lists.
        description: what the dashboard shows.
        sections: from top to bottom.
    """
    board = (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["mailtide"])
        .refresh("30s")
        .time("now-1h", "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for section in sections:
        board.with_row(Row(section.title))
        for panel in section.panels:
            board.with_panel(_number(panel) if isinstance(panel, Number) else _graph(panel))
    return str(JSONEncoder(sort_keys=True, indent=2).encode(board.build())) + "\n"


def _number(panel: Number) -> stat.Panel:
    built = (
        stat.Panel()
        .title(panel.title)
        .unit(panel.unit)
        .datasource(SOURCE)
        .span(COLUMNS // NUMBERS_IN_A_ROW)
        .height(NUMBER_HEIGHT)
        .with_target(_target("A", Query(panel.query)).instant())
    )
    for bound, below, above in ((panel.good, "red", "green"), (panel.bad, "green", "red")):
        if bound is not None:
            steps = [Threshold(None, below), Threshold(bound, above)]
            built.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    return built


def _graph(panel: Graph) -> timeseries.Panel:
    built = (
        timeseries.Panel()
        .title(panel.title)
        .unit(panel.unit)
        .datasource(SOURCE)
        .span(COLUMNS // GRAPHS_IN_A_ROW)
        .height(GRAPH_HEIGHT)
        .min(0)
    )
    for letter, query in zip(string.ascii_uppercase, panel.queries, strict=False):
        built.with_target(_target(letter, query))
    return built


def _target(letter: str, query: Query) -> prometheus.Dataquery:
    return prometheus.Dataquery().ref_id(letter).expr(query.expression).legend_format(query.name)
