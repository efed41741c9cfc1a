"""What no statement has named since 0003: `sync_tasks.whole`, and the kind `timer` of runs."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STEPS = (
    "ALTER TABLE sync_tasks DROP COLUMN whole",
    "ALTER TABLE sync_runs DROP CONSTRAINT sync_runs_kind_check",
    "ALTER TABLE sync_runs ADD CONSTRAINT sync_runs_kind_check CHECK (kind IN ('cron', 'manual')) NOT VALID",
)


def upgrade() -> None:
    """Change everything; one statement at a time, because asyncpg prepares each."""
    for step in STEPS:
        op.execute(step)
