"""The list of CTCAE's terms as a record; how excreta were measured; eligibility found wrong."""

from hevesy.store.revisions import drop_tables, run_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, add the columns."""
    run_sql("0007_terms")
    run_sql("0007_columns")


def downgrade() -> None:
    """Take them away, with all that is in them."""
    run_sql("0007_columns_down")
    drop_tables("0007_terms")
