"""Screening, visits, events, laboratory, lesions' sizes, departures, data queries."""

from hevesy.store.revisions import drop_tables, run_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    run_sql("0004_clinical")


def downgrade() -> None:
    """Take them away, with all that is in them."""
    drop_tables("0004_clinical")
