"""Since when calls for a mailbox are answered 429 without a word of when they may succeed.

`account_schedules` is the scheduler's. Old schedulers neither read nor write the column.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE account_schedules ADD COLUMN throttled_since timestamptz")
    op.execute(
        "COMMENT ON COLUMN account_schedules.throttled_since IS "
        "'Since when every answer is a 429 without Retry-After; null after any other.'"
    )
