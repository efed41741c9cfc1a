"""PromQL of the dashboards: one function for each way to look at a metric."""

from .grafana import Query

FRESHNESS = "mailtide_scheduler_account_freshness_seconds"
CURRENT = f'max({FRESHNESS}_bucket{{le="%s"}}) / max({FRESHNESS}_gcount)'
WEBHOOK_TO_COMMIT = "mailtide_persister_webhook_to_commit_seconds"
NYLAS = "mailtide_nylas_call_duration_seconds"
ANSWERED = "mailtide_ingress_deliveries_total"
STORED = '{result="changed"}'
SHARED = ("topic", "group")


def rate(metric: str, *by: str, where: str = "") -> Query:
    """Events per second, by labels."""
    summed = f"sum by ({', '.join(by)})" if by else "sum"
    return Query(f"{summed} (rate({metric}{where}[$__rate_interval]))", name_of(by))


def rare(metric: str, *by: str, where: str = "") -> Query:
    """The same of what may never have happened."""
    return or_zero(rate(metric, *by, where=where))


def or_zero(query: Query) -> Query:
    """A query whose result is 0 while it has none."""
    return Query(f"{query.expression} or on () vector(0)", query.name)


def value(metric: str, *by: str, of: str = "max") -> Query:
    """A gauge, by labels: the largest of all processes, or their sum."""
    return Query(f"{of} by ({', '.join(by)}) ({metric})" if by else f"{of}({metric})", name_of(by))


def quantile(share: float, metric: str, *by: str) -> Query:
    """A quantile of a histogram, by labels."""
    labels = ", ".join(("le", *by))
    name = " ".join((f"p{share * 100:g}", *([name_of(by)] if by else [])))
    return Query(
        f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))", name
    )


def quantiles(metric: str) -> list[Query]:
    """Median, and the slowest in 20 and in 100."""
    return [quantile(share, metric) for share in (0.5, 0.95, 0.99)]


def lately(metric: str, hours: int = 24) -> str:
    """How often something happened in the last hours."""
    return f"sum(increase({metric}[{hours}h])) or on () vector(0)"


def name_of(by: tuple[str, ...]) -> str:
    """The name of a line: its labels."""
    return " ".join(f"{{{{{label}}}}}" for label in by)


def aged(share: float) -> Query:
    """A quantile of the ages of all accounts."""
    return Query(
        f"histogram_quantile({share}, max by (le) ({FRESHNESS}_bucket))", f"p{share * 100:g} of accounts"
    )
