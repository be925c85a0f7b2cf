"""The rule of a dose threshold, and the unblinding of outcomes beside doses."""

from hevesy.store.revisions import drop_tables, run_sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    run_sql("0006_evidence")


def downgrade() -> None:
    """Take them away, with all that is in them."""
    drop_tables("0006_evidence")
