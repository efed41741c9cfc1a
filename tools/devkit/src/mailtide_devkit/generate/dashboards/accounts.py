"""The dashboard of accounts and the scheduler."""

from .grafana import Graph, Query, Section, dashboard
from .queries import CURRENT, FRESHNESS, or_zero, quantile, quantiles, rare, rate, value


def accounts() -> str:
    scheduler = "mailtide_scheduler_"
    return dashboard(
        "mailtide-accounts",
        "Mailtide / Accounts",
        "How current accounts are, and the work that keeps them so.",
        [
            Section(
                "Freshness",
                [
                    Graph(
                        "Accounts by age of the newest complete sync",
                        "short",
                        [Query(f"max by (le) ({FRESHNESS}_bucket)", "up to {{le}} s")],
                    ),
                    Graph(
                        "Share of accounts synced within",
                        "percentunit",
                        [
                            Query(CURRENT % seconds, name)
                            for name, seconds in (
                                ("15 min", "900.0"),
                                ("1 h", "3600.0"),
                                ("1 day", "86400.0"),
                            )
                        ],
                    ),
                    Graph(
                        "Mean age", "s", [Query(f"max({FRESHNESS}_gsum) / max({FRESHNESS}_gcount)", "mean")]
                    ),
                ],
            ),
            Section(
                "Tasks",
                [
                    Graph("Open", "short", [value(f"{scheduler}open_tasks", "kind")]),
                    Graph("Oldest due", "s", [value(f"{scheduler}oldest_due_task_seconds", "kind")]),
                    Graph(
                        "Reports by outcome", "ops", [rate(f"{scheduler}reports_total", "kind", "outcome")]
                    ),
                    Graph(
                        "Created and sent",
                        "ops",
                        [
                            Query(rate(f"{scheduler}enqueued_tasks_total").expression, "created or merged"),
                            Query(rate(f"{scheduler}sent_requests_total").expression, "sent"),
                            Query(rare(f"{scheduler}resent_requests_total").expression, "sent again"),
                            Query(rate(f"{scheduler}unsent_requests_total").expression, "not acknowledged"),
                        ],
                    ),
                    Graph("Given up", "ops", [rare(f"{scheduler}abandoned_tasks_total", "kind")]),
                    Graph("Pass of the scheduler", "s", quantiles(f"{scheduler}tick_duration_seconds")),
                ],
            ),
            Section(
                "Runs, audits, incidents",
                [
                    Graph("Finished runs", "ops", [rare(f"{scheduler}finished_runs_total", "kind")]),
                    Graph(
                        "Duration of runs, p95",
                        "s",
                        [or_zero(quantile(0.95, f"{scheduler}run_duration_seconds", "kind"))],
                    ),
                    Graph("Audits by outcome", "ops", [rare(f"{scheduler}audits_total", "outcome")]),
                    Graph(
                        "Incidents opened or changed", "ops", [rare(f"{scheduler}incidents_total", "kind")]
                    ),
                    Graph("Open incidents", "short", [value(f"{scheduler}open_incidents", "kind")]),
                    Graph(
                        "Checks of the webhook destination",
                        "ops",
                        [rare(f"{scheduler}webhook_checks_total", "outcome")],
                    ),
                    Graph(
                        "Dead letters redriven",
                        "ops",
                        [Query(rate(f"{scheduler}redriven_dead_letters_total").expression, "redriven")],
                    ),
                ],
            ),
        ],
    )
