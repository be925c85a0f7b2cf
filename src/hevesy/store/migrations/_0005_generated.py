"""Administrations that were made up to fit published margins."""

from hevesy.store.revisions import run_sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    run_sql("0005_generated")


def downgrade() -> None:
    """Take it away, with what is in it."""
    run_sql("0005_generated_down")
