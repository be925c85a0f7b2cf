"""The list of CTCAE's terms that a site imported, as a record."""

from hevesy.store.revisions import drop_tables, run_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    run_sql("0007_terms")


def downgrade() -> None:
    """Take it away, with all that is in it."""
    drop_tables("0007_terms")
