"""A site's own CT calibration, kept as CSV."""

import csv
from pathlib import Path

from hevesy.errors import CaseError
from hevesy.images import HuDensityTable

__all__ = ["read_hu_table"]


def read_hu_table(path: Path) -> HuDensityTable:
    r"""Read a CSV with the columns ``hu`` and ``density_g_cm3``.

    Parameters
    ----------
    path : Path
        The file; its name becomes the table's source.

    Returns
    -------
    HuDensityTable

    Raises
    ------
    CaseError
        The file can't be read, lacks a column, or holds something that is not a number.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "scanner.csv"
    ...     _ = path.write_text("hu,density_g_cm3\n-1000,0.0012\n0,1.0\n")
    ...     read_hu_table(path).density_g_per_cm3
    (0.0012, 1.0)
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        hu = tuple(float(row["hu"]) for row in rows)
        density = tuple(float(row["density_g_cm3"]) for row in rows)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CaseError(
            "the CT calibration can't be read",
            got=path.name,
            allowed="a CSV with the columns hu,density_g_cm3 and a number in every place",
            remedy="correct the file that `hu_to_density` names",
        ) from error
    return HuDensityTable(hu=hu, density_g_per_cm3=density, source=f"the site's own ({path.name})")
