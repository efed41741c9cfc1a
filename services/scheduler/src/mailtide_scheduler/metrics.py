"""Prometheus metrics of the scheduler."""

from prometheus_client import Counter, Gauge, Histogram

from mailtide_common.runtime.gauge_histogram import GaugeHistogram

ENQUEUED_TASKS = Counter(
    "mailtide_scheduler_enqueued_tasks_total",
    "Requests from other services, as a new task or merged with an equal one.",
    ["kind"],
)
SENT_REQUESTS = Counter(
    "mailtide_scheduler_sent_requests_total", "Requests that Kafka acknowledged.", ["kind"]
)
RESENT_REQUESTS = Counter(
    "mailtide_scheduler_resent_requests_total",
    "Requests sent again after a failure or an expired lease.",
    ["kind"],
)
UNSENT_REQUESTS = Counter(
    "mailtide_scheduler_unsent_requests_total",
    "Requests of batches that Kafka did not wholly acknowledge in time. All of them are sent again.",
)
REPORTS = Counter(
    "mailtide_scheduler_reports_total",
    "Reports of workers that an attempt at a task has ended.",
    ["kind", "outcome"],
)
ABANDONED_TASKS = Counter(
    "mailtide_scheduler_abandoned_tasks_total",
    "Tasks given up after too many failures, or whose request cannot be sent.",
    ["kind"],
)
OPEN_TASKS = Gauge("mailtide_scheduler_open_tasks", "Tasks that have not ended.", ["kind"])
OLDEST_DUE_TASK_SECONDS = Gauge(
    "mailtide_scheduler_oldest_due_task_seconds",
    "Time for which the oldest waiting task has been due.",
    ["kind"],
)
ACCOUNT_FRESHNESS_SECONDS = GaugeHistogram(
    "mailtide_scheduler_account_freshness_seconds",
    "Time since each account's newest clean delta or backfill ended, or since it was connected if there was none. "
    "Paused and removed accounts are left out. Every scheduler measures all accounts.",
    buckets=(60, 300, 900, 1_800, 3_600, 4 * 3_600, 12 * 3_600, 24 * 3_600, 7 * 24 * 3_600),
)
TICK_DURATION_SECONDS = Histogram(
    "mailtide_scheduler_tick_duration_seconds",
    "One pass of the scheduler.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
FINISHED_RUNS = Counter("mailtide_scheduler_finished_runs_total", "Runs that ended.", ["kind"])
RUN_DURATION_SECONDS = Histogram(
    "mailtide_scheduler_run_duration_seconds",
    "From a run's start to its last account.",
    ["kind"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900),
)
WEBHOOK_CHECKS = Counter(
    "mailtide_scheduler_webhook_checks_total", "Checks of the webhook destination.", ["outcome"]
)
WEBHOOK_ACTIVE = Gauge(
    "mailtide_scheduler_webhook_active",
    "Whether the last check of the webhook destination succeeded: 1, else 0. NaN: Mailtide does not manage it.",
)
INCIDENTS = Counter(
    "mailtide_scheduler_incidents_total", "Alerts published when incidents began or changed.", ["kind"]
)
OPEN_INCIDENTS = Gauge(
    "mailtide_scheduler_open_incidents",
    "Incidents that have not ended. Every scheduler counts all.",
    ["kind"],
)
AUDITS = Counter("mailtide_scheduler_audits_total", "Audits that ended.", ["outcome"])
REDRIVEN_DEAD_LETTERS = Counter(
    "mailtide_scheduler_redriven_dead_letters_total",
    "Dead letters sent to their topic again, or whose message is fetched again instead.",
)
