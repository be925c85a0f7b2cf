"""The elution log: what was on the column, what came off, what stayed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from hevesy.errors import CustodyError, TimeError
from hevesy.nuclides import decay_factor
from hevesy.pharmacy.amounts import require_amount, require_text
from hevesy.pharmacy.carrying_back import carry_back_factor
from hevesy.pharmacy.generator import ColumnContents, DecayPair, grow
from hevesy.pharmacy.moments import as_utc, elapsed_s

__all__ = ["Elution", "ElutionRow", "Generator", "column_at", "reckon_elutions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A generator as it was calibrated.

    Parameters
    ----------
    identifier : str
    pair : DecayPair
    parent_bq, daughter_bq : float
        On the column at the calibration, Bq. The daughter has no default: it depends on when the
        maker last eluted.
    calibrated_at : datetime
        Aware; kept in UTC.

    Raises
    ------
    InputError
        A value that cannot be (raised by the checks).

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> Generator(
    ...     identifier="G-1", pair=get_decay_pair("Re-188"), parent_bq=37e9, daughter_bq=0.0,
    ...     calibrated_at=datetime(2024, 3, 1, 8, tzinfo=UTC),
    ... ).identifier
    'G-1'
    """

    identifier: str
    pair: DecayPair
    parent_bq: float
    daughter_bq: float
    calibrated_at: datetime

    def __post_init__(self) -> None:
        require_text(self.identifier, "the generator's number")
        require_amount(self.parent_bq, "the generator's parent activity (Bq)", above_zero=True)
        require_amount(self.daughter_bq, "the generator's daughter activity (Bq)")
        object.__setattr__(self, "calibrated_at", as_utc(self.calibrated_at, "calibration"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Elution:
    """One line of the log, as it was written.

    Parameters
    ----------
    identifier : str
    eluted_at, measured_at : datetime
        End of the elution, and when the eluate was measured; aware; kept in UTC.
    activity_bq, activity_uncertainty_bq : float
        Daughter in the eluate at `measured_at`, and one standard deviation of that reading, Bq.
    volume_ml : float
    performed_by : str
    column_lot : str or None
        Lot of the concentration column, where one is used.
    aluminium_ug_per_ml : float or None
        Where it was tested.

    Raises
    ------
    TimeError
        Measured before it was eluted (raised by the check of the order).

    Examples
    --------
    >>> from datetime import UTC
    >>> Elution(
    ...     identifier="E-1", eluted_at=datetime(2024, 3, 2, 8, tzinfo=UTC),
    ...     measured_at=datetime(2024, 3, 2, 8, 10, tzinfo=UTC), activity_bq=18e9,
    ...     activity_uncertainty_bq=0.2e9, volume_ml=10.0, performed_by="A",
    ... ).volume_ml
    10.0
    """

    identifier: str
    eluted_at: datetime
    measured_at: datetime
    activity_bq: float
    activity_uncertainty_bq: float
    volume_ml: float
    performed_by: str
    column_lot: str | None = None
    aluminium_ug_per_ml: float | None = None

    def __post_init__(self) -> None:
        require_text(self.identifier, "the elution's number")
        require_text(self.performed_by, "who eluted")
        require_amount(self.activity_bq, "the eluate's activity (Bq)")
        require_amount(self.activity_uncertainty_bq, "the eluate's uncertainty (Bq)")
        require_amount(self.volume_ml, "the eluate's volume (mL)", above_zero=True)
        if self.aluminium_ug_per_ml is not None:
            require_amount(self.aluminium_ug_per_ml, "aluminium (µg/mL)")
        object.__setattr__(self, "eluted_at", as_utc(self.eluted_at, "elution"))
        object.__setattr__(self, "measured_at", as_utc(self.measured_at, "eluate's measurement"))
        elapsed_s(self.eluted_at, self.measured_at, "an elution and its measurement")


@dataclass(frozen=True, slots=True, kw_only=True)
class ElutionRow:
    """One line of the log, reckoned.

    Parameters
    ----------
    elution : Elution
    previous_at : datetime
        The previous elution, or the calibration.
    parent_bq, theoretical_bq : float
        Of parent and daughter on the column at the elution, Bq.
    eluted_bq, eluted_uncertainty_bq : float
        Measured activity carried back to the elution, Bq.
    yield_fraction, yield_uncertainty_fraction : float
        Eluted over theoretical, with the uncertainty of this reading alone.
    left_bq, left_uncertainty_bq : float
        Daughter that stayed; not below 0.
    question : str or None
        Where the eluate holds more than there can have been.

    Examples
    --------
    >>> ElutionRow.__slots__[0]
    'elution'
    """

    elution: Elution
    previous_at: datetime
    parent_bq: float
    theoretical_bq: float
    eluted_bq: float
    eluted_uncertainty_bq: float
    yield_fraction: float
    yield_uncertainty_fraction: float
    left_bq: float
    left_uncertainty_bq: float
    question: str | None


def reckon_elutions(generator: Generator, elutions: Sequence[Elution]) -> tuple[ElutionRow, ...]:
    """Follow the column through its elutions.

    What each leaves behind is the start of the next, with the uncertainty of all readings before
    it: an error e of one reading is still exp(-lambda t) e at the next elution. The parent that
    comes off (millionths) is neglected.

    Parameters
    ----------
    generator : Generator
    elutions : sequence of Elution
        In any order; all of them, for one left out makes every later yield wrong.

    Returns
    -------
    tuple of ElutionRow
        In order of time.

    Raises
    ------
    CustodyError
        Two elutions at one moment or with one number, or no daughter on the column.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> start = datetime(2024, 3, 1, 8, tzinfo=UTC)
    >>> generator = Generator(identifier="G-1", pair=get_decay_pair("Re-188"), parent_bq=37e9,
    ...                       daughter_bq=0.0, calibrated_at=start)
    >>> day = start + timedelta(days=1)
    >>> first = Elution(identifier="E-1", eluted_at=day, measured_at=day, activity_bq=18e9,
    ...                 activity_uncertainty_bq=0.0, volume_ml=10.0, performed_by="A")
    >>> round(reckon_elutions(generator, [first])[0].yield_fraction, 3)
    0.784
    """
    ordered = sorted(elutions, key=lambda elution: elution.eluted_at)
    _refuse_twins(ordered)
    rows: list[ElutionRow] = []
    at, left_uncertainty_bq = generator.calibrated_at, 0.0
    column = ColumnContents(parent_bq=generator.parent_bq, daughter_bq=generator.daughter_bq)
    for elution in ordered:
        row = _reckon(generator.pair, column, at, left_uncertainty_bq, elution)
        rows.append(row)
        at, left_uncertainty_bq = elution.eluted_at, row.left_uncertainty_bq
        column = ColumnContents(parent_bq=row.parent_bq, daughter_bq=row.left_bq)
    return tuple(rows)


def _refuse_twins(ordered: Sequence[Elution]) -> None:
    numbers = [elution.identifier for elution in ordered]
    for earlier, later in pairwise(ordered):
        if earlier.eluted_at == later.eluted_at or numbers.count(later.identifier) > 1:
            raise CustodyError(
                "two elutions have one time or one number",
                got=f"{earlier.identifier}, {later.identifier}",
                remedy="correct the log",
            )


def _reckon(
    pair: DecayPair,
    column: ColumnContents,
    previous_at: datetime,
    left_uncertainty_bq: float,
    elution: Elution,
) -> ElutionRow:
    since_s = elapsed_s(previous_at, elution.eluted_at, "calibration and elution")
    now = grow(pair, column, since_s)
    if now.daughter_bq <= 0:
        raise CustodyError(
            "there was no daughter on the column",
            got=elution.identifier,
            remedy="correct the elution's time, or the generator's calibration",
        )
    waited_s = elapsed_s(elution.eluted_at, elution.measured_at, "an elution and its measurement")
    back = carry_back_factor(pair.daughter, waited_s, f"eluate {elution.identifier}")
    eluted_bq, reading_bq = elution.activity_bq * back, elution.activity_uncertainty_bq * back
    kept_bq = left_uncertainty_bq * decay_factor(pair.daughter, since_s)
    share = eluted_bq / now.daughter_bq
    question = None
    if share > 1:
        question = (
            f"elution {elution.identifier} gave {eluted_bq / 1e6:.6g} MBq of "
            f"{now.daughter_bq / 1e6:.6g} MBq: are the generator's certificate, the "
            "calibrator's factor and the log complete and right?"
        )
    return ElutionRow(
        elution=elution,
        previous_at=previous_at,
        parent_bq=now.parent_bq,
        theoretical_bq=now.daughter_bq,
        eluted_bq=eluted_bq,
        eluted_uncertainty_bq=reading_bq,
        yield_fraction=share,
        yield_uncertainty_fraction=reading_bq / now.daughter_bq,
        left_bq=max(0.0, now.daughter_bq - eluted_bq),
        left_uncertainty_bq=(reading_bq**2 + kept_bq**2) ** 0.5,
        question=question,
    )


def column_at(
    generator: Generator, elutions: Sequence[Elution], at: datetime
) -> tuple[ColumnContents, datetime, float]:
    """What the last elution before a moment left on the column.

    Parameters
    ----------
    generator : Generator
    elutions : sequence of Elution
        All of them.
    at : datetime
        Aware; elutions at or after it are left out.

    Returns
    -------
    tuple of ColumnContents, datetime, float
        The column just after the last elution (or at the calibration), when that was, and one
        standard deviation of the daughter left, Bq.

    Raises
    ------
    TimeError
        The moment is before the calibration.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from hevesy.pharmacy.generator import get_decay_pair
    >>> start = datetime(2024, 3, 1, 8, tzinfo=UTC)
    >>> generator = Generator(identifier="G-1", pair=get_decay_pair("Re-188"), parent_bq=37e9,
    ...                       daughter_bq=0.0, calibrated_at=start)
    >>> column_at(generator, [], start + timedelta(days=1))[0].parent_bq
    37000000000.0
    """
    moment = as_utc(at, "elution to come")
    if moment < generator.calibrated_at:
        raise TimeError(
            "a generator's column is asked for before its calibration",
            got=moment.isoformat(),
            allowed=f"from {generator.calibrated_at.isoformat()}",
            remedy="correct the time",
        )
    rows = reckon_elutions(generator, [e for e in elutions if e.eluted_at < moment])
    if not rows:
        start = ColumnContents(parent_bq=generator.parent_bq, daughter_bq=generator.daughter_bq)
        return start, generator.calibrated_at, 0.0
    last = rows[-1]
    column = ColumnContents(parent_bq=last.parent_bq, daughter_bq=last.left_bq)
    return column, last.elution.eluted_at, last.left_uncertainty_bq
