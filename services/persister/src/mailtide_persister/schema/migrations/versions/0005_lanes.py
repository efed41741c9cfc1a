"""What made Mailtide see a message follows it through its task.

Only the scheduler writes this, as all of step 0002. A task that waits during the upgrade counts as not live.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STEPS = (
    """
    ALTER TABLE sync_tasks ADD COLUMN lane text NOT NULL DEFAULT 'sync'
        CHECK (lane IN ('live', 'sync', 'backfill'))
    """,
    """
    COMMENT ON COLUMN sync_tasks.lane IS
        'Message and thread: what made Mailtide see it; a notifier speaks up only about live mail.'
    """,
)


def upgrade() -> None:
    """Change everything; one statement at a time, because asyncpg prepares each."""
    for step in STEPS:
        op.execute(step)
