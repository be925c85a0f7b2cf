"""Jobs: long work that survives the process that asked for it."""

from hevesy.store.revisions import drop_tables, run_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    run_sql("0002_jobs")


def downgrade() -> None:
    """Take them away, with all that is in them."""
    drop_tables("0002_jobs")
