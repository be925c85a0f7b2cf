"""A database brought to this version of hevesy, and proved to hold what it held."""

from sqlalchemy import Connection

from hevesy.errors import StudyError
from hevesy.store.audit import chain_head
from hevesy.store.proof import check_audit
from hevesy.store.revisions import upgrade

__all__ = ["upgrade_proved"]


def upgrade_proved(connection: Connection) -> None:
    """Upgrade a database, and prove that no record changed by it.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes, which the caller ends.

    Raises
    ------
    StudyError
        A record is not what it was: nothing of the upgrade may be kept.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> from hevesy.store.revisions import HEAD, current_revision
    >>> with create_engine("sqlite://").connect() as connection:
    ...     upgrade(connection, "0001")
    ...     upgrade_proved(connection)
    ...     current_revision(connection) == HEAD
    True
    """
    head = chain_head(connection)
    upgrade(connection)
    proof = check_audit(connection, known_heads=(head,) if head[0] else ())
    if not proof.proved or chain_head(connection) != head:
        raise StudyError(
            "the upgrade would have changed a record, and was taken back",
            got=proof.faults[0] if proof.faults else "the audit ends elsewhere",
            remedy="go on with the earlier version of hevesy, and report this",
        )
