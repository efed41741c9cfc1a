"""The dashboard of consumers and publishers."""

from .grafana import Graph, Section, dashboard
from .queries import SHARED, quantile, rare, rate, value


def kafka() -> str:
    return dashboard(
        "mailtide-kafka-lag",
        "Mailtide / Kafka lag",
        "Where records wait, and why.",
        [
            Section(
                "Consumers",
                [
                    Graph(
                        "Records waiting",
                        "short",
                        [value("mailtide_kafka_consumer_lag_records", *SHARED, of="sum")],
                    ),
                    Graph("Consumed", "ops", [rate("mailtide_kafka_consumed_records_total", *SHARED)]),
                    Graph(
                        "Duration of a batch, p99",
                        "s",
                        [quantile(0.99, "mailtide_kafka_batch_duration_seconds", *SHARED)],
                    ),
                    Graph(
                        "Read again after an error",
                        "ops",
                        [rare("mailtide_kafka_rewound_records_total", *SHARED, "error")],
                    ),
                    Graph(
                        "Commits refused or not confirmed",
                        "ops",
                        [rare("mailtide_kafka_commit_failures_total", "group")],
                    ),
                    Graph(
                        "Parked",
                        "ops",
                        [rare("mailtide_kafka_dead_lettered_records_total", *SHARED, "error")],
                    ),
                    Graph(
                        "Deleted before they were read",
                        "ops",
                        [rare("mailtide_kafka_deleted_unread_records_total", *SHARED)],
                    ),
                    Graph("Halted", "bool", [value("mailtide_kafka_consumer_halted", *SHARED)]),
                ],
            ),
            Section(
                "Publishers",
                [
                    Graph("Published", "ops", [rate("mailtide_kafka_published_records_total", "topic")]),
                    Graph(
                        "Until acknowledged, p99",
                        "s",
                        [quantile(0.99, "mailtide_kafka_publish_duration_seconds", "topic")],
                    ),
                    Graph(
                        "Not acknowledged", "ops", [rare("mailtide_kafka_publish_failures_total", "topic")]
                    ),
                ],
            ),
        ],
    )
