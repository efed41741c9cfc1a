"""How many messages an audit compared whole: the index that it compares shows no content.

`audit_reports` is the scheduler's. Old schedulers neither read nor write the column.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE audit_reports ADD COLUMN contents bigint NOT NULL DEFAULT 0")
    op.execute(
        "COMMENT ON COLUMN audit_reports.contents IS 'Messages whose whole content the pass compared, by turn.'"
    )
