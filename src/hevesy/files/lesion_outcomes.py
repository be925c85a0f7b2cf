"""A table of lesions with dose and outcome, and the rule of a threshold, from files."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from hevesy.errors import CaseError, TrialError
from hevesy.evidence import CATEGORIES, LesionOutcome, ThresholdRule
from hevesy.files.model_refusal import refuse_shape
from hevesy.files.trial_tables import _Bad, _choice, _refuse, _rows, _values, _word

__all__ = ["LESION_METRICS", "parse_lesion_outcomes", "read_threshold_rule"]

LESION_METRICS = ("d70_gy", "d90_gy", "v100_percent", "bed_gy", "eud_gy")
"""Further figures of the dose that a table may have."""

_NEEDED = ("subject", "lesion", "dose_gy", "dose_uncertainty_gy")
_OPTIONAL = (
    "administration", "response", "category", "time_days", "event", "best_change_percent",
    "density_change_percent", *LESION_METRICS,
)  # fmt: skip
_POSITIVE = re.compile(r"\d{1,9}(\.\d{1,9})?([eE][+-]?\d{1,2})?")
_SIGNED = re.compile(r"[+-]?\d{1,6}(\.\d{1,9})?")
_WHOLE = re.compile(r"(?<=\d)\.0+$")
_MOST_GY, _MOST_LESIONS = 100_000, 10_000
_TRUE = {"0": False, "1": True}


class RuleModel(BaseModel):
    """The shape of a rule's file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    metric: str = "mean_dose_gy"
    endpoint: str = "response"
    horizon_d: int | None = None
    method: str = "probability"
    probability: float = 0.5
    link: str = "logit"
    correction: str = "calibration"
    common_dose_share: float = 0.0
    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 1
    fewest_each: int = 5
    fewest_subjects: int = 10


def read_threshold_rule(path: Path) -> ThresholdRule:
    r"""Read the rule of a threshold.

    Parameters
    ----------
    path : Path
        TOML; its keys are `ThresholdRule`'s.

    Returns
    -------
    ThresholdRule

    Raises
    ------
    CaseError
        Missing, not TOML, an unknown key or one of another kind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "rule.toml"
    ...     _ = file.write_text('name = "Primary"\nprobability = 0.8\n')
    ...     read_threshold_rule(file).probability
    0.8
    """
    what = "the threshold rule"
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CaseError(
            f"{what} is not UTF-8 text (byte {error.start})", remedy="save it as UTF-8"
        ) from None
    except OSError as error:
        raise CaseError(
            f"{what} can't be read ({error.strerror})", got=path.name, remedy="correct the path"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{what} is not valid TOML: {error}", remedy="correct that line") from None
    try:
        model = RuleModel.model_validate(data)
    except ValidationError as error:
        raise refuse_shape(error, RuleModel, what) from None
    return ThresholdRule(**model.model_dump())


def parse_lesion_outcomes(text: str, *, name: str) -> tuple[LesionOutcome, ...]:
    r"""Turn a CSV text into lesions with dose and outcome.

    Columns subject, lesion, dose_gy, dose_uncertainty_gy; and, where there are such, response (0
    or 1), category, time_days, event (1 grew again), administration, best_change_percent,
    density_change_percent, and the figures of `LESION_METRICS`. An empty cell is not known.

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.

    Returns
    -------
    tuple of LesionOutcome

    Raises
    ------
    TrialError
        More than 10,000 rows, no column of an outcome; columns or cells that can't be read, a
        lesion that stands twice: all of them, by row and column.

    Examples
    --------
    >>> head = "subject,lesion,dose_gy,dose_uncertainty_gy,response"
    >>> rows = parse_lesion_outcomes(head + "\n1,T1,80,12,1\n1,T2,,,0", name="l.csv")
    >>> rows[0].dose_gy, rows[1].dose_gy, rows[1].responded
    (80.0, None, False)
    """
    problems: list[str] = []
    found = []
    seen: dict[tuple[str, str, str], int] = {}
    rows = _rows(text, name, _NEEDED, _OPTIONAL)
    if not {"response", "event"} & set(rows[0][1]):
        raise TrialError(
            f"{name} has no outcome", got=", ".join(rows[0][1]),
            allowed="a column response, or time_days and event", remedy="add the outcome's column",
        )  # fmt: skip
    if len(rows) > _MOST_LESIONS:
        raise TrialError(
            f"{name} has too many rows", got=len(rows), allowed=f"up to {_MOST_LESIONS} lesions",
            remedy="give one trial's lesions",
        )  # fmt: skip
    for number, row in rows:
        present = {key: read for key, read in _READERS.items() if key in row}
        values = _values(row, number, present, problems)
        if values is None:
            continue
        key = (str(values["subject"]), str(values.get("administration", "")),
               str(values["lesion"]))  # fmt: skip
        if key in seen:
            problems.append(f"row {number}: the lesion of row {seen[key]} again")
        seen.setdefault(key, number)
        if values["dose_gy"] is None and values["dose_uncertainty_gy"] is not None:
            problems.append(f"row {number}: an uncertainty without a dose")
        try:
            found.append(_lesion(values))
        except TrialError as error:
            problems.append(f"row {number}: {error.got}, allowed {error.allowed}")
    _refuse(problems, name)
    return tuple(found)


def _lesion(values: dict[str, object]) -> LesionOutcome:
    days = values.get("time_days")
    return LesionOutcome(
        subject=str(values["subject"]),
        lesion=str(values["lesion"]),
        administration=str(values.get("administration", "")),
        dose_gy=_float(values["dose_gy"]),
        dose_uncertainty_gy=_float(values["dose_uncertainty_gy"]),
        responded=_truth(values.get("response")),
        category=str(values.get("category", "")).upper(),
        best_change_percent=_float(values.get("best_change_percent")),
        density_change_percent=_float(values.get("density_change_percent")),
        followed_d=None if days is None else int(str(days)),
        progressed=_truth(values.get("event")),
        metrics={k: float(str(values[k])) for k in LESION_METRICS if values.get(k) is not None},
    )


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))


def _truth(value: object) -> bool | None:
    return None if value is None or value == "" else _TRUE[str(value)]


def _number(cell: str) -> str | _Bad | None:
    if cell == "":
        return None
    return cell if _POSITIVE.fullmatch(cell) else _Bad(cell, "a number with a decimal point, or "
                                                       "empty")  # fmt: skip


def _dose(cell: str) -> str | _Bad | None:
    found = _number(cell)
    if isinstance(found, str) and not 0 < float(found) <= _MOST_GY:
        return _Bad(cell, f"a dose above 0 and up to {_MOST_GY} Gy, or empty if it is not known")
    return found


def _percent(cell: str) -> str | _Bad | None:
    if cell == "":
        return None
    return cell if _SIGNED.fullmatch(cell) else _Bad(cell, "per cent with a decimal point, or "
                                                     "empty")  # fmt: skip


def _whole(cell: str) -> str:
    """Write 181.0 as 181: programs put whole numbers so where a column has empty cells."""
    return _WHOLE.sub("", cell)


def _yes_or_no(cell: str) -> object:
    return _choice(_whole(cell), ("0", "1")) if cell else None


def _days(cell: str) -> str | _Bad | None:
    if cell == "":
        return None
    cell = _whole(cell)
    good = cell.isascii() and cell.isdigit() and int(cell) <= 20_000
    return cell if good else _Bad(cell, "whole days, 0 to 20000, or empty")


_READERS: dict[str, Callable[[str], object]] = {
    "subject": _word,
    "lesion": _word,
    "administration": lambda cell: cell,
    "dose_gy": _dose,
    "dose_uncertainty_gy": _number,
    "response": _yes_or_no,
    "category": lambda cell: _choice(cell, tuple(c.lower() for c in CATEGORIES)) if cell else "",
    "time_days": _days,
    "event": _yes_or_no,
    "best_change_percent": _percent,
    "density_change_percent": _percent,
    **dict.fromkeys(LESION_METRICS, _number),
}
