"""Every metric of the scheduler."""

from prometheus_client import Counter, Gauge, Histogram

TASKS_WANTED = Counter("mailtide_tasks_wanted_total", "Tasks created or merged with an equal one.", ["kind"])
TASKS_SENT = Counter("mailtide_tasks_sent_total", "Requests that Kafka acknowledged.", ["kind"])
TASKS_RESENT = Counter(
    "mailtide_tasks_resent_total", "Requests sent again after a failure or a lost lease.", ["kind"]
)
TASKS_UNSENT = Counter("mailtide_tasks_unsent_total", "Requests that Kafka did not acknowledge in time.")
TASKS_REPORTED = Counter("mailtide_tasks_reported_total", "Reports from workers.", ["kind", "outcome"])
TASKS_GIVEN_UP = Counter("mailtide_tasks_given_up_total", "Tasks that failed for too long.", ["kind"])
OPEN_TASKS = Gauge("mailtide_open_tasks", "Tasks that have not ended.", ["kind"])
OLDEST_TASK_SECONDS = Gauge(
    "mailtide_oldest_due_task_seconds", "For how long the oldest waiting task has been due.", ["kind"]
)
TICK_SECONDS = Histogram(
    "mailtide_tick_seconds",
    "One pass of the scheduler.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
RUNS_FINISHED = Counter("mailtide_runs_finished_total", "Runs that ended.", ["kind"])
RUN_SECONDS = Histogram(
    "mailtide_run_seconds",
    "From a run's start to its last account.",
    ["kind"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900),
)
WEBHOOK_ENSURED = Counter("mailtide_webhook_ensured_total", "Checks of the webhook destination.", ["outcome"])
WEBHOOK_ACTIVE = Gauge("mailtide_webhook_active", "1 while Nylas delivers to our webhook destination.")
ALERTS = Counter("mailtide_alerts_total", "Incidents that were alerted.", ["kind"])
AUDITS = Counter("mailtide_audits_total", "Audits that ended.", ["outcome"])
REDRIVEN = Counter("mailtide_dead_letters_redriven_total", "Dead letters sent to their topic again.")
