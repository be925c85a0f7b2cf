"""Column types that SQLite's STRICT tables and PostgreSQL both keep bit for bit."""

import json
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.engine import Dialect
from sqlalchemy.types import REAL, TypeDecorator, TypeEngine

from hevesy.errors import RecordError, TimeError

__all__ = [
    "Day",
    "Exact",
    "Flag",
    "Json",
    "Number",
    "Secret",
    "UtcTime",
    "Whole",
    "Words",
    "canonical_json",
]

_WHOLE = Integer().with_variant(BigInteger(), "postgresql")
# Collation "C" compares bytes, as SQLite does: both databases sort alike.
_WORDS = Text().with_variant(Text(collation="C"), "postgresql")
_NUMBER: TypeEngine[float] = REAL().with_variant(DOUBLE_PRECISION(), "postgresql")


_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def canonical_json(value: object) -> str:
    """One text for one value: keys sorted, no blanks, no NaN; the text that is hashed.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": "µ"})
    '{"a":"µ","b":1.0}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _refused(kind: str, value: object) -> RecordError:
    shown = value if isinstance(value, str) and len(value) < 40 else type(value).__name__
    return RecordError(f"a value must be {kind}", got=shown, remedy="correct it")


class Words(TypeDecorator[str]):
    """Text without control characters other than tab and line breaks."""

    impl = _WORDS
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect | None) -> str | None:
        """Check the text on its way in.

        Raises
        ------
        RecordError
            It is no text, or has characters that no database takes.
        """
        if value is None:
            return None
        if not isinstance(value, str):
            raise _refused("a text", value)
        if _NO_TEXT.search(value):
            raise RecordError(
                "a text holds control characters", got=ascii(value)[:40], remedy="take them out"
            )
        return value


class Secret(Words):
    """Text of which the audit keeps only the hash."""

    cache_ok = True


class Whole(TypeDecorator[int]):
    """Whole number of 64 bits."""

    impl = _WHOLE
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect | None) -> int | None:
        """Check the number on its way in.

        Raises
        ------
        RecordError
            It is too large.
        """
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise _refused("a whole number", value)
        if not -(2**63) <= value < 2**63:
            raise RecordError("a number is too large", got=value, remedy="correct it")
        return value


class Number(TypeDecorator[float]):
    """Finite number of double precision; minus zero becomes zero."""

    impl = _NUMBER
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect | None) -> float | None:
        """Check the number on its way in.

        Raises
        ------
        RecordError
            It is NaN or infinite.
        """
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _refused("a number", value)
        if not math.isfinite(value):
            raise RecordError("a number is not finite", got=str(value), remedy="correct it")
        return float(value) + 0.0

    def process_result_value(self, value: Any, dialect: Dialect | None) -> float | None:
        """Give a float, also where a database hands out a whole number."""
        return None if value is None else float(value)


class Exact(TypeDecorator[Decimal]):
    """Decimal number, kept as the digits that were recorded: 49.0 stays 49.0."""

    impl = _WORDS
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect | None) -> str | None:
        """Check the number on its way in.

        Raises
        ------
        RecordError
            It is no finite decimal.
        """
        if value is None:
            return None
        if not isinstance(value, Decimal) or not value.is_finite():
            raise _refused("a finite decimal number", value)
        return f"{value:f}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Turn the digits into a decimal."""
        return None if value is None else Decimal(value)


class Day(TypeDecorator[date]):
    """Calendar day of the record's site, kept as text: ``2026-01-09``."""

    impl = _WORDS
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect | None) -> str | None:
        """Turn a day into its text.

        Raises
        ------
        RecordError
            It is no day; a moment is none.
        """
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise _refused("a day", value)
        return value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Turn the text into a day."""
        return None if value is None else date.fromisoformat(value)


class Flag(TypeDecorator[bool]):
    """Yes or no, kept as 1 or 0."""

    impl = _WHOLE
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect | None) -> int | None:
        """Turn yes or no into 1 or 0."""
        if value is None:
            return None
        if not isinstance(value, bool):
            raise _refused("yes or no", value)
        return int(value)

    def process_result_value(self, value: Any, dialect: Dialect | None) -> bool | None:
        """Turn 1 or 0 into yes or no; anything else shows as itself to the audit's proof."""
        return bool(value) if value in (0, 1) else value


class UtcTime(TypeDecorator[datetime]):
    """Moment in UTC, kept as text of fixed width: ``2026-01-09T10:30:00.000000Z``."""

    impl = _WORDS
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect | None) -> str | None:
        """Turn an aware time into its text.

        Raises
        ------
        TimeError
            The time has no zone.
        """
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise _refused("a time", value)
        if value.tzinfo is None:
            raise TimeError(
                "a record's time has no zone",
                got=value.isoformat(),
                remedy="give it with an offset, or with the site's zone",
            )
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")

    def process_result_value(self, value: Any, dialect: Dialect | None) -> datetime | None:
        """Turn the text into an aware time in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """Lists and tables, kept as canonical text."""

    impl = _WORDS
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect | None) -> str | None:
        """Turn the value into its canonical text.

        Raises
        ------
        RecordError
            JSON has no such value.
        """
        if value is None:
            return None
        try:
            return canonical_json(value)
        except (TypeError, ValueError) as error:
            raise RecordError(
                "a value can't be written as JSON", got=type(value).__name__, remedy="correct it"
            ) from error

    def process_result_value(self, value: Any, dialect: Dialect | None) -> Any:
        """Turn the text into lists and tables."""
        return None if value is None else json.loads(value)
