"""Where a needle went: entry and target of the case file, or a file of points."""

import csv
import math
from pathlib import Path

from hevesy.errors import CaseError
from hevesy.files.case_models import InjectionModel
from hevesy.files.case_scans import find_path

__all__ = ["needle_tracks", "read_track"]

Track = tuple[tuple[float, float, float], ...]

_COLUMNS = ("x_mm", "y_mm", "z_mm")
_FARTHEST_MM = 5000.0  # from a scanner's origin


def needle_tracks(model: InjectionModel, folder: Path, where: str) -> tuple[Track, ...]:
    """Give each needle's points from the entry to the tip, LPS mm.

    Parameters
    ----------
    model : InjectionModel
        As the case file has it.
    folder : Path
        The case file's folder.
    where : str
        The table, for messages.

    Returns
    -------
    tuple of tuple
        Empty where the case says nothing.

    Raises
    ------
    CaseError
        Only one of entry and target, or both of points and files.

    Examples
    --------
    >>> model = InjectionModel(lesion="a", activity="1 MBq", entry_mm=[0, 0, 0],
    ...                        target_mm=[0, 30, 40])
    >>> needle_tracks(model, Path(), "injection[1]")
    (((0.0, 0.0, 0.0), (0.0, 30.0, 40.0)),)
    """
    points = (model.entry_mm, model.target_mm)
    if (points[0] is None) != (points[1] is None):
        missing = "entry_mm" if points[0] is None else "target_mm"
        raise CaseError(
            f"{where}.{missing} is missing",
            remedy="a needle's way has two ends: give entry_mm and target_mm, or neither",
        )
    if model.tracks and points[0] is not None:
        raise CaseError(
            f"{where} has both points and tracks",
            remedy="give entry_mm and target_mm, or files in tracks",
        )
    if points[0] is not None and points[1] is not None:
        try:
            ends = (_point(points[0]), _point(points[1]))
        except ValueError:
            raise CaseError(
                f"{where}.entry_mm and target_mm are no places in a scanner",
                got=f"{points[0]} and {points[1]}",
                allowed=f"up to {_FARTHEST_MM:g} mm from the frame's origin",
                remedy="give LPS coordinates in mm",
            ) from None
        _require_length(ends, f"{where}.target_mm")
        return (ends,)
    return tuple(
        read_track(find_path(name, folder, f"{where}.tracks[{n}]"), f"{where}.tracks[{n}]")
        for n, name in enumerate(model.tracks, start=1)
    )


def read_track(path: Path, where: str) -> Track:
    r"""Read a needle's points from a CSV file with the columns x_mm, y_mm, z_mm.

    Parameters
    ----------
    path : Path
    where : str
        The key, for messages.

    Returns
    -------
    tuple of tuple of float
        From the entry to the tip, LPS mm.

    Raises
    ------
    CaseError
        It is no such file, or has fewer than two points, or a number that is none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "needle.csv"
    ...     _ = file.write_text("x_mm,y_mm,z_mm\n0,0,0\n0,30,40\n")
    ...     read_track(file, "tracks[1]")
    ((0.0, 0.0, 0.0), (0.0, 30.0, 40.0))
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise CaseError(f"{where} can't be read", got=path.name, remedy="give a CSV file") from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != _COLUMNS:
        raise CaseError(
            f"{where} has no heading for a needle's points",
            got=",".join(rows[0])[:60] if rows else "an empty file",
            allowed=",".join(_COLUMNS),
            remedy="write the heading in the first line, then a point in each, entry first",
        )
    points = []
    for number, row in enumerate(rows[1:], start=2):
        try:
            points.append(_point([float(cell) for cell in row]))
        except ValueError:
            raise CaseError(
                f"{where} has a line that is no point",
                got=f"line {number}: {','.join(row)[:60]}",
                allowed="three numbers in LPS mm",
                remedy="correct it",
            ) from None
    track = tuple(points)
    _require_length(track, where)
    return track


def _point(values: list[float]) -> tuple[float, float, float]:
    x, y, z = values
    if not all(math.isfinite(v) and abs(v) <= _FARTHEST_MM for v in values):
        raise ValueError
    return (float(x), float(y), float(z))


def _require_length(track: Track, where: str) -> None:
    if len(set(track)) < 2:
        raise CaseError(
            f"{where}: a needle's way needs two different points",
            got=f"{len(set(track))}",
            remedy="give the entry and the tip, in LPS mm",
        )
