"""PromQL of the dashboards, one function per kind of query."""

from .grafana import Query

FRESHNESS = "mailtide_scheduler_account_freshness_seconds"
CURRENT = f'max({FRESHNESS}_bucket{{le="%s"}}) / max({FRESHNESS}_gcount)'
WEBHOOK_TO_COMMIT = "mailtide_persister_webhook_to_commit_seconds"
NYLAS = "mailtide_nylas_call_duration_seconds"
ANSWERED = "mailtide_ingress_deliveries_total"
STORED = '{result="changed"}'
SHARED = ("topic", "group")


def rate(metric: str, *by: str, where: str = "") -> Query:
    """Return a query for events per second, by labels. `where` selects series, as in `{result="changed"}`."""
    summed = f"sum by ({', '.join(by)})" if by else "sum"
    return Query(f"{summed} (rate({metric}{where}[$__rate_interval]))", name_of(by))


def rare(metric: str, *by: str, where: str = "") -> Query:
    """Return the query of `rate` for rare events: 0 instead of no result."""
    return or_zero(rate(metric, *by, where=where))


def or_zero(query: Query) -> Query:
    """Return a query with the same result, or 0 if it has none."""
    return Query(f"{query.expression} or on () vector(0)", query.name)


def value(metric: str, *by: str, of: str = "max") -> Query:
    """Return a query for a gauge, by labels. `of` is PromQL's operator that aggregates over processes."""
    return Query(f"{of} by ({', '.join(by)}) ({metric})" if by else f"{of}({metric})", name_of(by))


def quantile(share: float, metric: str, *by: str) -> Query:
    """Return a query for a quantile (`share`: 0 to 1) of a histogram, by labels."""
    labels = ", ".join(("le", *by))
    name = " ".join((f"p{share * 100:g}", *([name_of(by)] if by else [])))
    return Query(
        f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))", name
    )


def quantiles(metric: str) -> list[Query]:
    """Return queries for the 50th, 95th and 99th percentiles of a histogram."""
    return [quantile(share, metric) for share in (0.5, 0.95, 0.99)]


def lately(metric: str) -> str:
    """Return PromQL for the number of events in the last 24 hours; 0 if there is no series."""
    return f"sum(increase({metric}[24h])) or on () vector(0)"


def name_of(by: tuple[str, ...]) -> str:
    """Return the legend of a line: its labels in double braces, which Grafana replaces by values."""
    return " ".join(f"{{{{{label}}}}}" for label in by)


def aged(share: float) -> Query:
    """Return a query for a quantile (`share`: 0 to 1) of `FRESHNESS` over the accounts."""
    return Query(
        f"histogram_quantile({share}, max by (le) ({FRESHNESS}_bucket))", f"p{share * 100:g} of accounts"
    )
