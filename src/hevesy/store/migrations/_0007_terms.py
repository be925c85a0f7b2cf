"""The list of CTCAE's terms as a record, and how excreta were measured."""

from hevesy.store.revisions import drop_tables, run_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, add the columns."""
    run_sql("0007_terms")
    run_sql("0007_excreta")


def downgrade() -> None:
    """Take them away, with all that is in them."""
    run_sql("0007_excreta_down")
    drop_tables("0007_terms")
