"""The dashboards of the services between a webhook and its row."""

from .grafana import Graph, Query, Section, dashboard
from .queries import ANSWERED, NYLAS, WEBHOOK_TO_COMMIT, quantile, quantiles, rare, rate, value


def ingress() -> str:
    return dashboard(
        "mailtide-ingress",
        "Mailtide / Ingress",
        "What Nylas and users are answered, and how fast.",
        [
            Section(
                "Webhooks",
                [
                    Graph("Deliveries by answer", "reqps", [rate(ANSWERED, "answer")]),
                    Graph("Duration", "s", quantiles("mailtide_ingress_delivery_duration_seconds")),
                    Graph("Size of bodies", "bytes", quantiles("mailtide_ingress_body_bytes")),
                    Graph(
                        "Deliveries by matching secret",
                        "reqps",
                        [rate("mailtide_ingress_verified_deliveries_total", "secret")],
                    ),
                    Graph(
                        "Kept although unreadable",
                        "reqps",
                        [
                            Query(
                                rate("mailtide_ingress_unreadable_deliveries_total").expression, "unreadable"
                            )
                        ],
                    ),
                    Graph(
                        "Unreadable secret records",
                        "ops",
                        [Query(rate("mailtide_ingress_refused_secrets_total").expression, "refused")],
                    ),
                ],
            ),
            Section(
                "Users and connections",
                [
                    Graph(
                        "OAuth callbacks by outcome",
                        "reqps",
                        [rare("mailtide_ingress_oauth_callbacks_total", "outcome")],
                    ),
                    Graph(
                        "Requests refused before a route, all services",
                        "reqps",
                        [rare("mailtide_http_refused_requests_total", "answer")],
                    ),
                ],
            ),
        ],
    )


def workers() -> str:
    worker = "mailtide_sync_worker_"
    rarities = {
        "batches without known state": "known_state_failures_total",
        "unknown grants": "unknown_grant_notifications_total",
        "of purged grants": "purged_grant_notifications_total",
        "of unknown types": "unknown_notifications_total",
        "dated ahead": "notifications_ahead_total",
        "oversized pages": "oversized_pages_total",
        "circuit openings": "circuit_openings_total",
    }
    return dashboard(
        "mailtide-workers",
        "Mailtide / Workers",
        "What sync workers do, and how Nylas answers.",
        [
            Section(
                "Work",
                [
                    Graph(
                        "Notifications by trigger", "ops", [rate(f"{worker}notifications_total", "trigger")]
                    ),
                    Graph("Sync requests", "ops", [rate(f"{worker}requests_total", "kind", "outcome")]),
                    Graph(
                        "Duration of a request, p95",
                        "s",
                        [quantile(0.95, f"{worker}request_duration_seconds", "kind")],
                    ),
                    Graph("Messages found by syncs", "ops", [rate(f"{worker}synced_messages_total", "kind")]),
                    Graph("Found by comparing", "ops", [rare(f"{worker}findings_total", "kind", "finding")]),
                    Graph(
                        "Bulk work waiting for live work",
                        "percentunit",
                        [Query(rate(f"{worker}bulk_wait_seconds_total").expression, "waits")],
                    ),
                ],
            ),
            Section(
                "Nylas",
                [
                    Graph("Calls by endpoint", "reqps", [rate(f"{NYLAS}_count", "endpoint")]),
                    Graph("Duration, p95", "s", [quantile(0.95, NYLAS, "endpoint")]),
                    Graph(
                        "Calls that failed",
                        "reqps",
                        [rare(f"{NYLAS}_count", "endpoint", "outcome", where='{outcome!="ok"}')],
                    ),
                ],
            ),
            Section(
                "Exceptions",
                [
                    Graph(
                        "Unusual notifications and answers",
                        "ops",
                        [Query(rate(worker + metric).expression, name) for name, metric in rarities.items()],
                    ),
                    Graph(
                        "Events that cannot be published",
                        "ops",
                        [rare(f"{worker}unpublishable_events_total", "type")],
                    ),
                    Graph(
                        "Tombstones written",
                        "ops",
                        [Query(rate(f"{worker}purged_messages_total").expression, "messages")],
                    ),
                ],
            ),
        ],
    )


def persister() -> str:
    return dashboard(
        "mailtide-persister",
        "Mailtide / Persister",
        "How records become rows, and how late.",
        [
            Section(
                "Rows",
                [
                    Graph(
                        "Records by result",
                        "ops",
                        [rate("mailtide_persister_records_total", "topic", "result")],
                    ),
                    Graph("Webhook to row", "s", quantiles(WEBHOOK_TO_COMMIT)),
                    Graph(
                        "Kafka to row, p99",
                        "s",
                        [quantile(0.99, "mailtide_persister_delay_seconds", "topic")],
                    ),
                ],
            ),
            Section(
                "Exceptions",
                [
                    Graph(
                        "Fetches requested",
                        "ops",
                        [
                            Query(
                                rate("mailtide_persister_follow_ups_total").expression, "conflicting messages"
                            ),
                            Query(
                                rate("mailtide_persister_unknown_folders_total").expression, "unknown folders"
                            ),
                        ],
                    ),
                    Graph(
                        "Dead letters that Postgres refused",
                        "ops",
                        [
                            Query(
                                rate("mailtide_persister_unstorable_dead_letters_total").expression, "refused"
                            )
                        ],
                    ),
                    Graph(
                        "Lead over Postgres' clock", "s", [value("mailtide_clock_lead_seconds", "instance")]
                    ),
                ],
            ),
        ],
    )
