"""What `hevesy dose-map` is given: read, checked, on one grid."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CaseError, GridError, ImageFileError, InputError, QuantityError
from hevesy.files import read_hu_table, read_volume
from hevesy.images import Quantity, Volume, hu_to_density, resample
from hevesy.media import TissueMap, classify_tissue, get_medium
from hevesy.nuclides import Nuclide
from hevesy.workflows.air import leave_out_air

__all__ = ["DoseMapRequest", "read_decays", "read_region", "read_tissue", "without_air"]

_TIA_UNITS = {  # factor to Bq s, and whether the unit is per mL
    "Bq.s": (1.0, False), "MBq.h": (3.6e9, False),
    "Bq.s/mL": (1.0, True), "MBq.h/mL": (3.6e9, True),
}  # fmt: skip
_ACTIVITY_UNITS = {
    "Bq": (1.0, False), "MBq": (1e6, False), "Bq/mL": (1.0, True), "MBq/mL": (1e6, True),
}  # fmt: skip
_AIR_SHARE = 0.05
_NOT_HU = -150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseMapRequest:
    """The options of `hevesy dose-map`.

    Parameters
    ----------
    nuclide : str
    unit : str
        Of `tia` or `activity`.
    tia, activity : Path or None
        One of them: decays, or activity at time zero that stays until it has decayed.
    ct, density : Path or None
        One of them: HU, or g/cm3.
    hu_to_density : Path or None
        The scanner's own calibration.
    materials, materials_key : Path or None
        Label map of media, and what its labels mean.
    region : Path or None
        Mask of the region whose mean dose and precision count.
    method : str
    precision : float or None
        Relative; of the Monte Carlo engine.
    histories : int or None
    time_limit_s : float or None
    seed : int
    threads : int or None
    dose_to_water : bool
    allow_lung : bool
        Let the kernel engine compute where lung or air is near, with a warning.
    one_frame : bool
        Images on different grids share one world frame: resample the CT.
    resume : bool
        Go on with an interrupted run.

    Examples
    --------
    >>> DoseMapRequest(nuclide="Re-188", unit="Bq.s", tia=Path("tia.nii"), ct=Path("ct.nii")).method
    'monte-carlo'
    """

    nuclide: str
    unit: str
    tia: Path | None = None
    activity: Path | None = None
    ct: Path | None = None
    density: Path | None = None
    hu_to_density: Path | None = None
    materials: Path | None = None
    materials_key: Path | None = None
    region: Path | None = None
    method: str = "monte-carlo"
    precision: float | None = None
    histories: int | None = None
    time_limit_s: float | None = None
    seed: int = 1
    threads: int | None = None
    dose_to_water: bool = False
    allow_lung: bool = False
    one_frame: bool = False
    resume: bool = False


def read_decays(request: DoseMapRequest, nuclide: Nuclide) -> Volume:
    """Decays in each voxel.

    Parameters
    ----------
    request : DoseMapRequest
    nuclide : Nuclide
        Its half-life turns activity into decays.

    Returns
    -------
    Volume
        BQ_S.

    Raises
    ------
    CaseError
        Neither or both of TIA and activity, or a unit that doesn't fit.
    QuantityError
        Negative voxels, or nothing at all.
    """
    if (request.tia is None) == (request.activity is None):
        raise CaseError(
            "a dose map needs decays or an activity",
            got="both" if request.tia else "neither",
            allowed="--tia or --activity",
            remedy="give one of them",
        )
    units = _TIA_UNITS if request.tia is not None else _ACTIVITY_UNITS
    path = request.tia or request.activity
    if request.unit not in units or path is None:
        raise CaseError(
            f"the unit does not fit {'--tia' if request.tia else '--activity'}",
            got=request.unit,
            allowed=", ".join(units),
            remedy="name the unit of the image's voxels",
        )
    factor, per_ml = units[request.unit]
    if request.activity is not None:
        factor /= nuclide.decay_per_s
    image = read_volume(path, quantity=Quantity.BQ_S)
    values = np.asarray(image.values, dtype=np.float64)
    if values.min() < 0:
        raise QuantityError(
            "the image of activity has negative voxels",
            got=f"{values.min():.4g} {request.unit}",
            allowed="0 and above",
            remedy="mend the image it came from",
        )
    if values.max() <= 0:
        raise QuantityError(
            "the image of activity is empty",
            got=f"0 {request.unit} everywhere",
            remedy="check the file",
        )
    if per_ml:
        factor *= image.grid.voxel_volume_ml
    return image.with_values(values * factor)


def read_tissue(request: DoseMapRequest, decays: Volume) -> TissueMap:
    """Density and media on the grid of the decays.

    Parameters
    ----------
    request : DoseMapRequest
    decays : Volume
        Gives the grid.

    Returns
    -------
    TissueMap

    Raises
    ------
    CaseError
        Neither or both of CT and density; labels without a key.
    GridError
        Another grid, and no word that the frames are one.
    QuantityError
        A CT that is not in HU, or a density that is not in g/cm3.
    """
    if (request.ct is None) == (request.density is None):
        raise CaseError(
            "a dose map needs a CT or a density",
            got="both" if request.ct else "neither",
            allowed="--ct or --density",
            remedy="give one of them",
        )
    if (request.materials is None) != (request.materials_key is None):
        raise CaseError(
            "a map of media and its key belong together",
            got="one of them",
            allowed="--materials and --materials-key",
            remedy="give both or none",
        )
    if request.ct is not None:
        ct = _on_grid(read_volume(request.ct, quantity=Quantity.HU), decays, request, -1000.0)
        if request.hu_to_density is None and float(ct.values.min()) > _NOT_HU:
            raise QuantityError(
                "the CT has no calibration to density: its values can't be HU of a patient",
                got=f"{float(ct.values.min()):g} to {float(ct.values.max()):g}",
                allowed="HU with air or fat in the image",
                remedy="give --hu-to-density TABLE.csv (columns hu,density_g_cm3), or --density",
            )
        table = None if request.hu_to_density is None else read_hu_table(request.hu_to_density)
        density = hu_to_density(ct, table)
        tissue = classify_tissue(density, ct if table is None else None)
    else:
        density = _on_grid(
            read_volume(request.density or Path(), quantity=Quantity.DENSITY_G_PER_CM3),
            decays,
            request,
            0.0012,
        )
        if not float(density.values.min()) > 0 or float(density.values.max()) > 23.0:
            raise QuantityError(
                "the densities can't be in g/cm3",
                got=f"{float(density.values.min()):g} to {float(density.values.max()):g}",
                allowed="above 0 (air is 0.0012) to 23",
                remedy="give g/cm3: water is 1",
            )
        tissue = classify_tissue(density)
    if request.materials is None or request.materials_key is None:
        return tissue
    return _with_labels(request.materials, request.materials_key, tissue)


def _on_grid(image: Volume, decays: Volume, request: DoseMapRequest, outside: float) -> Volume:
    if image.grid.matches(decays.grid):
        return image
    if not request.one_frame:
        raise GridError(
            "CT (or density) and activity are on different grids",
            got=f"{image.grid.shape} and {decays.grid.shape} voxels",
            remedy="bring them to one grid, or say by --one-frame that their coordinates are one "
            "patient's: the CT is then resampled",
        )
    return resample(image, decays.grid, outside=outside)


def _with_labels(path: Path, key: Path, tissue: TissueMap) -> TissueMap:
    """Media as labelled by the user."""
    image = read_volume(path, quantity=Quantity.RELATIVE)
    if not image.grid.matches(tissue.density.grid):
        raise GridError(
            "the map of media is on another grid than the activity",
            got=image.grid.shape,
            allowed=str(tissue.density.grid.shape),
            remedy="bring it to that grid",
        )
    try:
        with key.open(newline="", encoding="utf-8-sig") as file:
            meaning = {int(row["label"]): row["medium"] for row in csv.DictReader(file)}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CaseError(
            "the key of the media can't be read",
            got=key.name,
            allowed="a CSV with the columns label,medium",
            remedy="correct the file that --materials-key names",
        ) from error
    media = tuple(get_medium(name) for name in meaning.values())
    labels = np.full(image.grid.shape, 255, dtype=np.uint8)
    for number, label in enumerate(meaning):
        labels[image.values == label] = number
    if (labels == 255).any():
        raise CaseError(
            "a label of the media has no meaning in the key",
            got=f"{image.values[labels == 255].flat[0]:g}",
            allowed=", ".join(str(label) for label in meaning),
            remedy="add a line for it to the key",
        )
    return TissueMap(density=tissue.density, labels=labels, media=media)


def read_region(path: Path, decays: Volume) -> NDArray[np.float32]:
    """Share of each voxel that is in the region that counts.

    Parameters
    ----------
    path : Path
        Shares, if all values are from 0 to 1; else a mask: every value but 0 is inside.
    decays : Volume
        Gives the grid.

    Returns
    -------
    ndarray of float32, shape ``decays.grid.shape``

    Raises
    ------
    GridError
        Another grid.
    ImageFileError
        An empty mask.
    """
    image = read_volume(path, quantity=Quantity.RELATIVE)
    if not image.grid.matches(decays.grid):
        raise GridError(
            "the region is on another grid than the activity",
            got=image.grid.shape,
            allowed=str(decays.grid.shape),
            remedy="bring it to that grid",
        )
    values = np.asarray(image.values, dtype=np.float32)
    if not values.any():
        raise ImageFileError("the region is empty", got=path.name, remedy="check the mask")
    return values if values.min() >= 0 and values.max() <= 1 else np.float32(1) * (values != 0)


def without_air(decays: Volume, tissue: TissueMap) -> tuple[Volume, float]:
    """Leave out decays in air; refuse where they are more than one in twenty.

    Parameters
    ----------
    decays : Volume
    tissue : TissueMap

    Returns
    -------
    Volume
        Without them.
    float
        Their share.

    Raises
    ------
    InputError
        Over 5 % of the decays lie in air.
    """
    kept, share = leave_out_air(decays, tissue)
    if share > _AIR_SHARE:
        raise InputError(
            "too many decays lie in air, or outside the CT",
            got=f"{100 * share:.1f} % in voxels under 0.05 g/cm3",
            allowed=f"up to {100 * _AIR_SHARE:g} %",
            remedy="check that the CT and the activity are of one patient in one place",
        )
    return kept, share
