"""A study's database, opened: reading and writing, each in a transaction of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from hevesy.errors import AccessError, StudyError
from hevesy.protocol import Role
from hevesy.store.audit import chain_head, lock_chain
from hevesy.store.connection import connect, read_transaction, write_transaction
from hevesy.store.passphrases import check_passphrase, hash_passphrase
from hevesy.store.reading import Reader
from hevesy.store.revisions import check_revision, current_revision, upgrade
from hevesy.store.tables import Account, Study
from hevesy.store.writing import Acting, Writer

__all__ = ["Store", "create_store", "open_store"]


class Store:
    """A study's database; made by `open_store` or `create_store`.

    Parameters
    ----------
    engine : Engine
    clock : callable
        Gives the time, aware.
    protocol_sha256 : str or None
        Hash of the protocol that is in the study's folder; None leaves it unchecked.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], datetime],
        protocol_sha256: str | None = None,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.protocol_sha256 = protocol_sha256

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def require_protocol(self) -> None:
        """Refuse to work by a protocol that is not the recorded one, as `writing` would.

        Raises
        ------
        StudyError
            The protocol in the folder is not the one that is recorded (from the comparison).
        """
        with self.reading() as reader:
            recorded = reader.find(Study, "study")
        if self.protocol_sha256 is not None and recorded is not None:
            _same_protocol(recorded.protocol_sha256, self.protocol_sha256)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Read, as the database is now.

        Yields
        ------
        Reader
        """
        with read_transaction(self.engine) as connection:
            yield Reader(connection)

    @contextmanager
    def writing(
        self, user: str, *, reason: str = "", passphrase: str | None = None, amends: bool = False
    ) -> Iterator[Writer]:
        """Write, all of it or nothing, as `user`.

        Parameters
        ----------
        user : str
            Their name in the study.
        reason : str
            Why; needed for corrections.
        passphrase : str or None
            For signatures.
        amends : bool
            The protocol itself is what is written.

        Yields
        ------
        Writer

        Raises
        ------
        AccessError
            The person is unknown, or the passphrase is wrong.
        StudyError
            The protocol in the folder is not the one that is recorded.
        """
        with self.reading() as reader:
            account = _account(reader, user)
            recorded = reader.find(Study, "study")
        if passphrase is not None:
            check_passphrase(user, passphrase, account.passphrase_hash)
        expected = self.protocol_sha256
        if not amends and expected is not None and recorded is not None:
            _same_protocol(recorded.protocol_sha256, expected)
        with write_transaction(self.engine) as connection:
            lock_chain(connection)
            now = _account(Reader(connection), user)  # a role may be gone meanwhile
            if passphrase is not None and now.passphrase_hash != account.passphrase_hash:
                raise AccessError(
                    f"the passphrase of {user} was changed meanwhile", remedy="give the new one"
                )
            acting = Acting(
                user=user,
                roles=tuple(Role(word) for word in now.roles),
                signed=passphrase is not None,
                reason=reason,
            )
            yield Writer(connection, acting, self.clock)


def _account(reader: Reader, user: str) -> Account:
    found = reader.find(Account, user)
    if found is None:
        raise AccessError(
            "nobody of this name is in the study",
            got=user[:60],
            remedy="give --as the name that `hevesy user list` shows",
        )
    return found


def _same_protocol(recorded: str, found: str) -> None:
    if recorded != found:
        raise StudyError(
            "study.toml is not the protocol that is recorded",
            got=found[:12],
            allowed=recorded[:12],
            remedy="record the change by `hevesy trial amend --reason ...`, or put it back",
        )


def open_store(
    address: str | Path,
    *,
    clock: Callable[[], datetime],
    protocol_sha256: str | None = None,
) -> Store:
    """Open a study's database.

    Parameters
    ----------
    address : str or Path
        See `connect`.
    clock : callable
        Gives the time, aware.
    protocol_sha256 : str or None
        Hash of the protocol that is in the study's folder; None leaves it unchecked.

    Returns
    -------
    Store

    Raises
    ------
    StudyError
        It is not there, can't be read, or is of another version.

    Examples
    --------
    >>> from datetime import UTC
    >>> open_store(Path("no-such.db"), clock=lambda: datetime(2026, 1, 9, tzinfo=UTC))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: the study has no database: got 'no-such.db'; ...
    """
    if isinstance(address, Path) and not address.is_file():
        raise StudyError(
            "the study has no database",
            got=address.name,
            remedy="make the study by `hevesy trial init`, or restore a backup",
        )
    engine = connect(address)
    try:
        with read_transaction(engine) as connection:
            check_revision(connection)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, clock=clock, protocol_sha256=protocol_sha256)


def create_store(
    address: str | Path,
    *,
    clock: Callable[[], datetime],
    study: Study,
    founder: Account,
    passphrase: str,
) -> Store:
    """Make the tables of a new study, with its protocol and its first administrator.

    Parameters
    ----------
    address : str or Path
        See `connect`; a file that is not there yet, or an empty database.
    clock : callable
        Gives the time, aware.
    study : Study
        Named ``"study"``.
    founder : Account
        Its roles have the administrator's among them; the passphrase's hash is made here.
    passphrase : str
        The founder's.

    Returns
    -------
    Store

    Raises
    ------
    StudyError
        The database holds something already, or the founder is no administrator.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = create_store(
    ...         Path(folder) / "study.db",
    ...         clock=lambda: datetime(2026, 1, 9, tzinfo=UTC),
    ...         study=Study(id="study", name="A", protocol={}, protocol_sha256="0"),
    ...         founder=Account(
    ...             id="anna", full_name="Anna", roles=["administrator"], passphrase_hash=""
    ...         ),
    ...         passphrase="correct horse battery",
    ...     )
    ...     with store.reading() as reader:
    ...         print(reader.roles("anna"))
    ...     store.close()
    (<Role.ADMINISTRATOR: 'administrator'>,)
    """
    if Role.ADMINISTRATOR not in founder.roles:
        raise StudyError("a study's founder is its administrator", remedy="give that role, too")
    founder.passphrase_hash = hash_passphrase(passphrase)
    engine = connect(address)
    try:
        with write_transaction(engine) as connection:
            if current_revision(connection) is not None:
                raise StudyError(
                    "the database holds a study already", remedy="give an empty database"
                )
            upgrade(connection)
            lock_chain(connection)
            if chain_head(connection)[0]:
                raise StudyError("the database holds records already", remedy="give an empty one")
            acting = Acting(
                user=founder.id,
                roles=(Role.ADMINISTRATOR,),
                signed=True,
                reason="the study is made",
                founding=True,
            )
            writer = Writer(connection, acting, clock)
            writer.add(founder)
            writer.add(study)
            writer.sign(Study, study.id, meaning="protocol in force")
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, clock=clock, protocol_sha256=study.protocol_sha256)
