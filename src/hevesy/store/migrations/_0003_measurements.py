"""How an activity was measured, needle tracks, and samples of excreta."""

from hevesy.store.revisions import run_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; SQLite makes two tables anew for their foreign keys."""
    run_sql("0003_measurements")


def downgrade() -> None:
    """Take them away, with all that is in them."""
    run_sql("0003_measurements_down")
