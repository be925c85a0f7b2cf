"""What a lesion's pictures are drawn from: its CTs, outlines and injection sites, from TOML."""

import itertools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hevesy.errors import CaseError
from hevesy.files.case_scans import find_path
from hevesy.files.model_refusal import refuse_shape

__all__ = ["LesionCoursePlan", "PlannedVisit", "read_lesion_course"]

_WHAT = "the lesion's file"
WINDOWS_HU = {"soft tissue": (-160.0, 240.0), "liver": (-45.0, 165.0), "lung": (-1350.0, 150.0)}


class _VisitModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=60)
    day: int
    ct: str
    outline: str | None = None
    region: str | None = None
    injection_mm: list[float] | None = Field(default=None, min_length=3, max_length=3)


class _CourseModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    lesion: str = Field(min_length=1, max_length=60)
    window: str | list[float] = "soft tissue"
    visit: list[_VisitModel] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """A visit's CT, and what is drawn on it.

    Parameters
    ----------
    name : str
    day : int
    ct : Path
        A DICOM series, or a NIfTI or NRRD image in HU.
    outline : Path or None
        RTSTRUCT or SEG of a DICOM CT, or a mask; None where the lesion was not outlined.
    region : str or None
        Its name in the outline's file; None where the file has one region.
    injection_mm : tuple of float or None
        x, y, z of the injection in this CT's LPS frame.
    """

    name: str
    day: int
    ct: Path
    outline: Path | None
    region: str | None
    injection_mm: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionCoursePlan:
    """A lesion's visits in order of their days, the baseline first.

    Parameters
    ----------
    lesion : str
    window_hu : tuple of float
        What is black and what is white, HU.
    visits : tuple of PlannedVisit
    """

    lesion: str
    window_hu: tuple[float, float]
    visits: tuple[PlannedVisit, ...]


def read_lesion_course(path: Path) -> LesionCoursePlan:
    r"""Read which CTs show a lesion, and its outlines.

    Parameters
    ----------
    path : Path
        TOML; paths in it are relative to its folder.

    Returns
    -------
    LesionCoursePlan

    Raises
    ------
    CaseError
        No such file, no TOML, an unknown key, a path that is not there, days out of order, a
        baseline without an outline.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "lesion.toml"
    ...     _ = file.write_text('lesion = "L1"\nvisits = []\n')
    ...     read_lesion_course(file)
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: unknown key in the lesion's file: got 'visits'; did you mean `visit`?
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise CaseError(
            f"{_WHAT} can't be read", got=path.name, remedy="give a TOML file in UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{_WHAT} is no TOML", got=str(error)[:100], remedy="mend it") from None
    try:
        model = _CourseModel.model_validate(data)
    except ValidationError as error:
        raise refuse_shape(error, _CourseModel, _WHAT) from None
    visits = tuple(_visit(visit, path.parent) for visit in model.visit)
    _check(visits)
    return LesionCoursePlan(lesion=model.lesion, window_hu=_window_hu(model.window), visits=visits)


def _visit(model: _VisitModel, folder: Path) -> PlannedVisit:
    where = f"visit '{model.name}'"
    at = model.injection_mm
    return PlannedVisit(
        name=model.name,
        day=model.day,
        ct=find_path(model.ct, folder, f"ct of {where}"),
        outline=None
        if model.outline is None
        else find_path(model.outline, folder, f"outline of {where}"),
        region=model.region,
        injection_mm=None if at is None else (at[0], at[1], at[2]),
    )


def _check(visits: tuple[PlannedVisit, ...]) -> None:
    days = [visit.day for visit in visits]
    if any(b <= a for a, b in itertools.pairwise(days)):
        raise CaseError(
            "the visits are not in order of their days",
            got=", ".join(str(day) for day in days),
            allowed="each later than the one before",
            remedy="order them",
        )
    if visits[0].outline is None:
        raise CaseError(
            "the baseline has no outline",
            got=visits[0].name,
            remedy="give it by `outline`: later visits are held against it",
        )


def _window_hu(window: str | list[float]) -> tuple[float, float]:
    if isinstance(window, str):
        if window in WINDOWS_HU:
            return WINDOWS_HU[window]
    elif len(window) == 2 and window[0] < window[1]:
        return window[0], window[1]
    raise CaseError(
        "`window` is no window",
        got=str(window)[:60],
        allowed=f"{', '.join(WINDOWS_HU)}, or [HU of black, HU of white]",
        remedy="write one of these",
    )
