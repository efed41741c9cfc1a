"""A task keeps the trace of the wish that made it.

Only the scheduler writes this, as all of step 0002.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STEPS = (
    "ALTER TABLE sync_tasks ADD COLUMN traceparent text",
    """
    COMMENT ON COLUMN sync_tasks.traceparent IS
        'W3C trace context of what made it wanted; null: nothing but time or a person did.'
    """,
)


def upgrade() -> None:
    """Change everything; one statement at a time, because asyncpg prepares each."""
    for step in STEPS:
        op.execute(step)
