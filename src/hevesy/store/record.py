"""What every audited table has: a name, a version, the audit record that wrote the row."""

from functools import cache
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, declared_attr, mapped_column

from hevesy.protocol import Action
from hevesy.store.columns import Whole, Words

__all__ = ["Base", "Record", "record_kinds", "references", "tables_in_order"]

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """All tables of a study's database."""

    metadata = MetaData(naming_convention=_NAMES)


class Record(Base):
    """A version of an audited record; rows are added, never changed or taken away.

    A correction is a further row with the next version. Others refer to a record by its name:
    ``(name, 1)`` is the foreign key, for every record has a first version.
    """

    __abstract__ = True
    __action__: ClassVar[Action]
    __refers__: ClassVar[tuple[tuple[str, str], ...]] = ()

    id: Mapped[str] = mapped_column(Words, sort_order=-5)
    version: Mapped[int] = mapped_column(Whole, default=1, init=False, sort_order=-4)
    first_version: Mapped[int] = mapped_column(Whole, default=1, init=False, sort_order=98)
    audit: Mapped[int] = mapped_column(Whole, default=0, init=False, sort_order=99)

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            PrimaryKeyConstraint("id", "version"),
            CheckConstraint("version >= 1", name="version"),
            CheckConstraint("first_version = 1", name="first"),
            CheckConstraint("length(id) between 1 and 100", name="id"),
            ForeignKeyConstraint(["audit"], ["audit.seq"]),
            *(
                ForeignKeyConstraint([column, "first_version"], [f"{kind}.id", f"{kind}.version"])
                for column, kind in cls.__refers__
            ),
            *(Index(None, column) for column, _ in cls.__refers__),
            {"sqlite_strict": True},
        )


def record_kinds() -> dict[str, type[Record]]:
    """Every audited table by its name, in the order of their making.

    Examples
    --------
    >>> from hevesy.store import tables
    >>> "batch" in record_kinds()
    True
    """
    kinds = {str(cls.__tablename__): cls for cls in Record.__subclasses__()}
    return {name: kinds[name] for name in tables_in_order() if name in kinds}


def tables_in_order() -> list[str]:
    """Names of all tables, those referred to first.

    Examples
    --------
    >>> from hevesy.store import tables
    >>> tables_in_order().index("elution") < tables_in_order().index("batch_elution")
    True
    """
    return list(_in_order(len(Base.metadata.tables)))


@cache  # sorting takes a millisecond, and an import asks often
def _in_order(count: int) -> tuple[str, ...]:
    return tuple(table.name for table in Base.metadata.sorted_tables)


def references(kind: type[Record]) -> dict[str, str]:
    """Columns of a kind that name another record, with the kind of that record.

    Examples
    --------
    >>> from hevesy.store.tables import Syringe
    >>> references(Syringe)["vial"]
    'vial'
    """
    return dict(kind.__refers__)
