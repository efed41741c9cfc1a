"""What digests of long ids stand for in the scheduler's tables, whose unique indexes hold no long ids.

A scheduler of before refuses long ids; one that it finds by its digest is not found at Nylas, and is asked for again.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.execute(
        "CREATE TABLE long_ids (grant_id text, digest text, id text NOT NULL, PRIMARY KEY (grant_id, digest))"
    )
    op.execute("CREATE INDEX long_ids_digest_idx ON long_ids (digest)")
    op.execute(
        "COMMENT ON TABLE long_ids IS 'Ids above 1,000 bytes; tasks, reports and held deletions name the digest.'"
    )
