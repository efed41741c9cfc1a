"""The dashboard to look at first."""

from .grafana import Graph, Number, Query, Section, dashboard
from .queries import (
    ANSWERED,
    CURRENT,
    NYLAS,
    STORED,
    WEBHOOK_TO_COMMIT,
    aged,
    lately,
    or_zero,
    quantile,
    quantiles,
    rare,
    rate,
    value,
)


def overview() -> str:
    return dashboard(
        "mailtide-overview",
        "Mailtide / Overview",
        "Is everything in sync, and if not: where to look next.",
        [
            Section(
                "Now",
                [
                    Number("Accounts synced within the hour", "percentunit", CURRENT % "3600.0", good=0.99),
                    Number(
                        "Webhook to row, p95",
                        "s",
                        f"histogram_quantile(0.95, sum by (le) (rate({WEBHOOK_TO_COMMIT}_bucket[5m])))",
                        bad=10,
                    ),
                    Number(
                        "Webhook destination active", "bool", "max(mailtide_scheduler_webhook_active)", good=1
                    ),
                    Number("Records waiting", "short", "sum(mailtide_kafka_consumer_lag_records)", bad=1_000),
                    Number(
                        "Open incidents",
                        "short",
                        "sum(max by (kind) (mailtide_scheduler_open_incidents))",
                        bad=0.5,
                    ),
                    Number(
                        "Records parked in 24 h",
                        "short",
                        lately("mailtide_kafka_dead_lettered_records_total"),
                        bad=0.5,
                    ),
                ],
            ),
            Section(
                "Mail",
                [
                    Graph("Webhook to row", "s", quantiles(WEBHOOK_TO_COMMIT)),
                    Graph(
                        "Throughput",
                        "ops",
                        [
                            Query(rate(ANSWERED, where='{answer="accepted"}').expression, "webhooks"),
                            Query(
                                rate("mailtide_persister_records_total", where=STORED).expression, "changes"
                            ),
                        ],
                    ),
                    Graph("Age of the newest complete sync", "s", [aged(0.5), aged(0.95), aged(1)]),
                    Graph("Nylas calls by outcome", "reqps", [rate(f"{NYLAS}_count", "outcome")]),
                    Graph(
                        "Oldest due task", "s", [value("mailtide_scheduler_oldest_due_task_seconds", "kind")]
                    ),
                    Graph(
                        "Incidents opened or changed",
                        "ops",
                        [rare("mailtide_scheduler_incidents_total", "kind")],
                    ),
                ],
            ),
            Section(
                "Notices",
                [
                    Graph("Stored", "ops", [rare("mailtide_notifier_notices_total", "event")]),
                    Graph(
                        "Attempts to send",
                        "ops",
                        [rare("mailtide_notifier_deliveries_total", "channel", "outcome")],
                    ),
                    Graph(
                        "Waiting and given up",
                        "short",
                        [
                            Query("max(mailtide_notifier_pending_deliveries)", "waiting"),
                            Query("max(mailtide_notifier_dead_deliveries)", "given up"),
                        ],
                    ),
                    Graph(
                        "Oldest waiting",
                        "s",
                        [Query("max(mailtide_notifier_oldest_pending_seconds)", "oldest")],
                    ),
                    Graph(
                        "Duration of an attempt, p95",
                        "s",
                        [or_zero(quantile(0.95, "mailtide_notifier_delivery_seconds", "channel"))],
                    ),
                ],
            ),
            Section(
                "Console",
                [
                    Graph(
                        "Duration of a page, p95",
                        "s",
                        [or_zero(quantile(0.95, "mailtide_console_page_seconds", "route"))],
                    ),
                    Graph("Logins", "ops", [rare("mailtide_console_logins_total", "outcome")]),
                ],
            ),
        ],
    )
