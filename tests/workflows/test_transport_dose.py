"""The engine of a case: which is taken, what it is given, and what stands beside it."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hevesy.case import (
    ActivityKind,
    Administration,
    Case,
    CaseOptions,
    PartialVolume,
    Route,
    ScanSource,
)
from hevesy.dose import get_point_kernel, region_absorbed_fraction, sphere_absorbed_fraction
from hevesy.errors import InputError
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.media import TissueMap, get_medium, uniform_tissue
from hevesy.nuclides import get_nuclide
from hevesy.progress import SILENT
from hevesy.workflows.transport_dose import EngineDose, dose_by_engine

MM = 5.0
GRID = Grid.from_spacing((24, 24, 24), spacing_mm=(MM, MM, MM))
PLACE = (np.indices(GRID.shape) - 11.5) * MM
LESION = (PLACE**2).sum(axis=0) < 15.0**2
RHENIUM = get_nuclide("Re-188")
DECAYS = np.where(LESION, 1e9, 0.0)
REGION = Region(name="lesion", mask=LESION, grid=GRID)


def options(**given: object) -> CaseOptions:
    usual = {
        "histories": 100_000,
        "resolution_fwhm_mm": 16.0,
        "partial_volume": PartialVolume.GEOMETRIC_TRANSFER_MATRIX,
    }
    return CaseOptions(**{**usual, **given})  # type: ignore[arg-type]


def case(chosen: CaseOptions) -> Case:
    given = Administration(
        activity_bq=1e9,
        activity_relative_uncertainty=None,
        kind=ActivityKind.NET,
        time=datetime(2024, 3, 4, tzinfo=UTC),
        route=Route.INTRAVENOUS,
    )
    return Case(
        patient="P", nuclide="Re-188", agent="x", timezone="UTC", administrations=(given,),
        scans=(ScanSource(spect=Path("scan")),), options=chosen,
    )  # fmt: skip


def run(chosen: CaseOptions, *, around: str, decays: np.ndarray = DECAYS) -> EngineDose:
    """A lesion of soft tissue in lung, or in more of itself."""
    lung = around == "lung"
    tissue = TissueMap(
        density=Volume(
            values=np.where(LESION | (not lung), 1.06, 0.26).astype(np.float32),
            grid=GRID,
            quantity=Quantity.DENSITY_G_PER_CM3,
        ),
        labels=np.where(LESION | (not lung), 0, 1),
        media=(get_medium("soft-tissue"), get_medium("lung")),
    )
    tia = Volume(values=decays.astype(np.float32), grid=GRID, quantity=Quantity.BQ_S)
    total = float(DECAYS.sum())
    return dose_by_engine(case(chosen), tia, tissue, [REGION], [total], RHENIUM, control=SILENT)


def test_lung_is_transported_and_soft_tissue_is_not() -> None:
    there = run(options(), around="lung")
    assert there.method == "monte-carlo"
    assert "0.6 g/cm3" in there.reason
    assert there.restored
    assert there.transport_relative_uncertainty[0] is not None
    here = run(options(), around="tissue")
    assert here.method == "local"
    assert "16 mm" in here.reason
    assert not here.restored
    # local deposition: all that is released stays (single precision)
    assert here.energy_ratio[0] == pytest.approx(1.0, rel=1e-5)


def test_a_sharp_image_is_transported_in_soft_tissue_too() -> None:
    assert run(options(resolution_fwhm_mm=4.0), around="tissue").method == "monte-carlo"


def test_energy_ratio_is_the_absorbed_fraction() -> None:
    """Against the point kernel (held against PENELOPE by itself) over pairs of the ball's voxels.

    Lengths scale with 1.06 g/cm3. 1 %: the kernel's 0.3 % here, 1e5 histories' 0.2 %, and water's
    stopping power against soft tissue's (0.4 %).
    """
    as_it_is = CaseOptions(method="monte-carlo", histories=100_000)  # sharp: not to be restored
    ratio = run(as_it_is, around="tissue").energy_ratio[0]
    scaled = (MM * 1.06,) * 3
    expected = region_absorbed_fraction(LESION, scaled, "Re-188")
    assert 0.7 < expected < 0.95
    assert ratio == pytest.approx(expected, rel=0.01)


def test_unrestored_dose_near_lung_carries_a_warning() -> None:
    plain = CaseOptions(method="monte-carlo", histories=100_000)
    found = run(plain, around="lung")
    assert not found.restored
    assert any("not restored" in text and "lung" in text for text in found.warnings)
    assert not run(plain, around="tissue").warnings


def test_the_others_are_given_the_same_decays() -> None:
    found = run(options(compare=("local", "kernel")), around="lung")
    assert found.comparison is not None
    own, local, kernel = found.comparison.rows
    assert [own.method, local.method, kernel.method] == ["monte-carlo", "local", "kernel"]
    assert own.gamma_pass_share is None
    # local deposition keeps all electrons in the lesion: decays x 0.77934 MeV over its mass
    mass_kg = LESION.sum() * (MM / 10) ** 3 * 1.06e-3
    whole = float(DECAYS.sum()) * RHENIUM.electron_energy_mev * 1.602176634e-13 / mass_kg
    assert local.mean_dose_gy[0] == pytest.approx(whole, rel=1e-5)
    assert own.mean_dose_gy[0] < 0.95 * whole
    assert local.gamma_pass_share is not None
    assert local.gamma_pass_share < 1.0


def test_a_kernels_small_lesion_is_taken_from_its_outline() -> None:
    """A ball of 1 g by the shares of 5 mm voxels: the integral over the ball within 3 %.

    The map itself keeps two thirds of it. Ranges are water's.
    """
    radius_mm = 10.0 * (0.75 / np.pi) ** (1 / 3)
    fine = (np.arange(24 * 8) - 95.5) * MM / 8 + 1.2
    ball = fine[:, None, None] ** 2 + fine[:, None] ** 2 + fine**2 <= radius_mm**2
    shares = ball.reshape((24, 8) * 3).mean(axis=(1, 3, 5))
    region = Region(name="lesion", mask=shares >= 0.5, grid=GRID)
    tissue = uniform_tissue(GRID, "water")
    tia = Volume(values=(1e9 * shares).astype(np.float32), grid=GRID, quantity=Quantity.BQ_S)
    given = CaseOptions(method="kernel")
    found = dose_by_engine(
        case(given), tia, tissue, [region], [1e9 * shares.sum()], RHENIUM, control=SILENT,
        share_of=lambda _: shares,
    )  # fmt: skip
    wanted = sphere_absorbed_fraction(get_point_kernel("Re-188"), radius_mm)
    assert found.energy_ratio[0] == pytest.approx(wanted, rel=0.03)
    density_dose = np.asarray(found.dose.dose.values, dtype=np.float64)
    whole_gy = 1e9 * shares.sum() * RHENIUM.electron_energy_mev * 1.602176634e-13 / 1e-3
    assert np.average(density_dose, weights=shares) < 0.8 * wanted * whole_gy


def test_kernels_near_lung_are_refused_even_where_they_are_compared() -> None:
    with pytest.raises(InputError, match="lung"):
        run(options(method="kernel", histories=None, compare=("kernel", "local")), around="lung")
    let = options(method="kernel", histories=None, kernel_in_lung=True)
    assert run(let, around="lung").method == "kernel"
