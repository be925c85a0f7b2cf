"""Audit, audited records, and the triggers that keep them."""

from hevesy.store.revisions import drop_tables, run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    run_sql("0001_records")


def downgrade() -> None:
    """Take them away, with all that is in them."""
    drop_tables("0001_records")
