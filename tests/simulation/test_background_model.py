"""Scatter and penetration for the updates: closed forms, conservation, photons of another program.

`model_projections` is held against followed photons elsewhere; here the fast tables are held
against it where what they sum up in advance may matter, and against the plain program's scattered
shares themselves.
"""

from functools import cache

import numpy as np
import pytest

from hevesy.camera import EnergyWindow, ViewGeometry, get_camera
from hevesy.errors import GridError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import get_medium, mass_attenuation_cm2_per_g
from hevesy.nuclides import get_nuclide
from hevesy.simulation import (
    BackgroundModel,
    build_background_model,
    model_projections,
    scattered_only_share,
)

TC_PEAK = EnergyWindow.around(140.5, percent=10.0)
RE_PEAK = EnergyWindow(lower_kev=139.5, upper_kev=170.5)
CRYSTAL = 1000
STEP = 6.0
AXIS = (np.arange(41) - 20) * STEP
Z, Y, X = np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")
GRID = Grid.from_spacing((41, 41, 41), spacing_mm=(STEP,) * 3, origin_mm=(AXIS[0],) * 3)
BALL = np.where(X**2 + Y**2 + Z**2 < 100.0**2, 0, -1000).astype(np.int16)
VIEWS = ViewGeometry(
    angles_deg=np.arange(4) * 90.0, radii_mm=np.full(4, 110.0), shape=(40, 64),
    pixel_mm=(9.6, 9.6),
)  # fmt: skip


@cache
def model(nuclide: str, peak: EnergyWindow) -> BackgroundModel:
    ct = Volume(values=BALL, grid=GRID, quantity=Quantity.HU)
    return build_background_model(
        ct, get_camera("siemens-symbia-he"), get_nuclide(nuclide), VIEWS, peak,
        crystal_histories=CRYSTAL,
    )  # fmt: skip


def point(x: int = 20) -> np.ndarray:
    image = np.zeros(GRID.shape, dtype=np.float32)
    image[20, 20, x] = 1000.0
    return image


def seen(nuclide: str, peak: EnergyWindow, x: int = 20) -> np.ndarray:
    found = model(nuclide, peak)
    return found.project(found.cells(point(x), GRID))


@pytest.mark.parametrize(
    ("nuclide", "peak", "share"),
    # scattered over all counts of a plain program that follows photons out of the ball
    # (test_camera_photons); 188Re's photons through lead are left out of that one
    [("Tc-99m", TC_PEAK, 0.357)],
)
def test_scatter_of_a_ball_agrees_with_photons_followed_one_by_one(
    nuclide: str, peak: EnergyWindow, share: float
) -> None:
    mu_mm = 0.1 * (
        mass_attenuation_cm2_per_g(get_medium("water"), 0.1405)
        - mass_attenuation_cm2_per_g(get_medium("water"), 0.1405, "coherent")
    )
    straight = 1000.0 * np.exp(-100.0 * float(mu_mm))
    scattered = seen(nuclide, peak).sum(axis=(1, 2))
    # 3 %: as the effective model against the same program in test_projection_model
    assert scattered / (scattered + straight) == pytest.approx(share, rel=0.03)


@pytest.mark.parametrize("x", [20, 30])
def test_what_is_summed_in_advance_changes_nothing_that_matters(x: int) -> None:
    """Against `model_projections`: pooled energies and widths, 2 % of the counts.

    The pooled narrow Gaussians hold 3 % of what comes through lead, and the energies pooled for
    scatter lie within a factor of 2, over which water's attenuation changes by a fifth; neither can
    bring more than about a hundredth, and how a point is laid into cells of 12 mm another.
    """
    camera, rhenium = get_camera("siemens-symbia-he"), get_nuclide("Re-188")
    activity = Volume(values=1000.0 * point(x), grid=GRID, quantity=Quantity.BQ)
    in_water, in_air = (
        model_projections(
            activity, Volume(values=hu, grid=GRID, quantity=Quantity.HU), camera, rhenium, VIEWS,
            (RE_PEAK,), view_seconds=1.0, crystal_histories=CRYSTAL,
        ).origin_counts
        for hu in (BALL, np.full(GRID.shape, -999.9))
    )  # fmt: skip
    beside = sum(float(n[0]) for way, n in in_water.items() if way != "straight holes")
    # the image holds 1000 counts a view, straight through the holes and without attenuation
    wanted = beside * 4 * 1000.0 / float(in_air["straight holes"][0])
    assert seen("Re-188", RE_PEAK, x).sum() == pytest.approx(wanted, rel=0.02)


def test_it_is_linear_keeps_counts_and_is_the_same_on_any_number_of_threads() -> None:
    found = model("Re-188", RE_PEAK)
    random = np.random.default_rng(5)
    image = random.random(GRID.shape, dtype=np.float32)
    inside = np.abs(Z) + STEP / 2 <= found.grid.spacing_mm[0] * found.grid.shape[0] / 2
    cells = found.cells(image * inside, GRID)
    assert cells.sum(dtype=float) == pytest.approx(
        float((image * inside).sum(dtype=float)), rel=1e-5
    )
    whole = found.project(cells, threads=1)
    assert whole.min() >= 0.0
    np.testing.assert_allclose(found.project(3.0 * cells), 3.0 * whole, rtol=1e-4, atol=1e-3)
    some = found.project(cells, np.array([2, 0]), threads=2)
    assert np.array_equal(some, whole[[2, 0]])


def test_a_round_body_looks_alike_from_all_sides() -> None:
    by_view = seen("Re-188", RE_PEAK).sum(axis=(1, 2))
    # cells of 12 mm turned by 90 degrees fall on themselves
    assert np.ptp(by_view) / by_view.mean() < 1e-3


def test_nothing_gives_nothing_and_wrong_tables_are_refused() -> None:
    found = model("Tc-99m", TC_PEAK)
    assert not found.project(np.zeros(found.grid.shape, dtype=np.float32)).any()
    with pytest.raises(GridError, match="not on its grid"):
        BackgroundModel(
            grid=GRID, geometry=VIEWS, electrons_share=found.electrons_share, terms=found.terms,
            plane=found.plane, convolution=found.convolution, views=found.views,
            across=found.across,
        )  # fmt: skip


def test_the_share_without_coherent_scattering() -> None:
    """Water at 155 keV: 0.01467 /mm without it (test of `water_per_mm`), 0.01489 with it."""
    assert scattered_only_share(155.0) == pytest.approx(0.01467 / 0.01489, rel=2e-3)
