"""The kernel engine: invariants, references, density, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import convolve as direct_convolve

from hevesy.dose import KernelConvolution, get_engine
from hevesy.dose.convolution import convolve, occupied_box
from hevesy.dose.far_field import block_sums, spread_linearly
from hevesy.dose.kernel import near_low_density_share
from hevesy.dose.point_kernel import PARTS, get_point_kernel, sphere_absorbed_fraction
from hevesy.dose.voxel_kernel import voxel_kernel
from hevesy.errors import GridError, InputError, Interrupted, NuclideError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import classify_tissue, uniform_tissue
from hevesy.nuclides import JOULE_PER_MEV, get_nuclide
from hevesy.progress import Silent

RE188 = get_nuclide("Re-188")
GRID = Grid.from_spacing((16, 20, 22), spacing_mm=(4.0, 3.0, 2.5))
WATER = uniform_tissue(GRID, "water")
ELECTRONS = KernelConvolution(photons=False)


def decays(values, grid=GRID):
    return Volume(values=values, grid=grid, quantity=Quantity.BQ_S)


def tissue_of(values, grid=GRID):
    return classify_tissue(Volume(values=values, grid=grid, quantity=Quantity.DENSITY_G_PER_CM3))


def energy_mev(found, density=1.0):
    mass_kg = density * found.dose.grid.voxel_volume_ml * 1e-3
    return found.dose.values.astype(float) * mass_kg / JOULE_PER_MEV


def inner_source(seed, margin=(4, 5, 6)):
    """Decays in the middle, so that electrons stay inside the image."""
    values = np.zeros(GRID.shape)
    inner = tuple(slice(m, n - m) for m, n in zip(margin, GRID.shape, strict=True))
    values[inner] = np.random.default_rng(seed).uniform(0, 1e9, values[inner].shape)
    return values


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_electrons_energy_is_conserved_whatever_the_density(seed):
    values = inner_source(seed)
    rng = np.random.default_rng(seed)
    rho = rng.uniform(0.7, 1.9, GRID.shape)
    found = ELECTRONS.compute(decays(values), tissue_of(rho), RE188)
    released = values.sum() * get_point_kernel("Re-188").electrons_mev[-1]
    assert found.dose.values.min() >= 0
    # single precision transforms: 1e-7 of the greatest voxel, over all of them
    assert energy_mev(found, rho).sum() == pytest.approx(released, rel=2e-5)


@given(seed=st.integers(0, 10_000), factor=st.floats(1e-3, 1e3))
@settings(max_examples=10, deadline=None)
def test_dose_is_linear_and_moves_with_the_source(seed, factor):
    engine = KernelConvolution(allow_lung=True)
    one, other = inner_source(seed), inner_source(seed + 1)
    dose = engine.compute(decays(one), WATER, RE188).dose.values
    more = engine.compute(decays(other), WATER, RE188).dose.values
    both = engine.compute(decays(one * factor + other), WATER, RE188).dose.values
    top = both.max()
    np.testing.assert_allclose(both, dose * factor + more, atol=2e-6 * top)
    moved = ELECTRONS.compute(decays(np.roll(one, (1, -1, 2), axis=(0, 1, 2))), WATER, RE188)
    still = ELECTRONS.compute(decays(one), WATER, RE188)
    back = np.roll(moved.dose.values, (-1, 1, -2), axis=(0, 1, 2))
    inner = np.s_[2:-2, 2:-2, 3:-3]
    top = still.dose.values.max()
    np.testing.assert_allclose(back[inner], still.dose.values[inner], atol=2e-6 * top)


def test_mirrored_input_gives_the_mirrored_dose():
    values = inner_source(5)
    flip = np.s_[::-1, :, ::-1]
    there = ELECTRONS.compute(decays(values), WATER, RE188).dose.values
    back = ELECTRONS.compute(decays(values[flip]), WATER, RE188).dose.values
    np.testing.assert_allclose(back[flip], there, atol=2e-6 * there.max())


@given(
    seed=st.integers(0, 10_000),
    shape=st.tuples(*(st.integers(1, 9),) * 3),
    kernel=st.tuples(*(st.integers(1, 6),) * 3),
)
@settings(max_examples=40, deadline=None)
def test_cropped_and_padded_transforms_are_the_plain_sum(seed, shape, kernel):
    rng = np.random.default_rng(seed)
    image, octant = rng.random(shape), rng.random(kernel)
    image *= rng.random(shape) < 0.3
    found, box = convolve(image, octant, threads=1)
    at = np.ix_(*(np.abs(np.arange(-n + 1, n)) for n in kernel))
    full = direct_convolve(image, octant[at], mode="full", method="direct")
    cut = tuple(slice(n - 1, n - 1 + m) for n, m in zip(kernel, shape, strict=True))
    whole = np.zeros(shape)
    if occupied_box(image) is not None:
        whole[box] = found
    np.testing.assert_allclose(whole, full[cut], atol=1e-6 * max(full.max(), 1e-30))


def test_a_voxel_source_gives_the_voxel_kernel():
    values = np.zeros(GRID.shape)
    values[8, 10, 11] = 1e9
    found = energy_mev(ELECTRONS.compute(decays(values), WATER, RE188)) / 1e9
    kernel = voxel_kernel("Re-188", GRID.spacing_mm)
    for offset in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, -1), (1, -1, 1), (0, 0, 3)):
        at = tuple(c + o for c, o in zip((8, 10, 11), offset, strict=True))
        wanted = kernel.octant_mev[tuple(abs(o) for o in offset)]
        assert found[at] == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("name", ["Re-188", "Y-90"])
def test_one_gram_on_voxels_of_four_millimetres(name):
    """A lump of voxels in place of a ball of the same mass: within 6 %, for it has more surface."""
    nuclide, grid = get_nuclide(name), Grid.from_spacing((14, 14, 14), spacing_mm=(4, 4, 4))
    line = 4.0 * (np.arange(14) - 6.5)
    ball = line[:, None, None] ** 2 + line[:, None] ** 2 + line**2 <= 6.7**2
    mass_g = ball.sum() * 0.064
    radius_mm = (3 * mass_g / (4 * math.pi)) ** (1 / 3) * 10
    assert 0.9 < mass_g < 2.1
    found = ELECTRONS.compute(
        decays(ball * (1e9 / ball.sum()), grid), uniform_tissue(grid, "water"), nuclide
    )
    kept = energy_mev(found)[ball].sum() / 1e9 / nuclide.electron_energy_mev
    fraction = sphere_absorbed_fraction(get_point_kernel(name), radius_mm)
    assert kept == pytest.approx(fraction, rel=6e-2)
    # and the same voxels cut in 2 x 2 x 2 give the same mean: no error from the voxel's size
    fine = Grid.from_spacing((28, 28, 28), spacing_mm=(2, 2, 2))
    cut = ball.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    finer = ELECTRONS.compute(
        decays(cut * (1e9 / cut.sum()), fine), uniform_tissue(fine, "water"), nuclide
    )
    assert energy_mev(finer)[cut].sum() / 1e9 / nuclide.electron_energy_mev == pytest.approx(
        kept, rel=1e-3
    )


@pytest.mark.parametrize("name", ["Re-188", "I-131"])
def test_photons_on_the_coarse_grid_are_those_of_the_whole_kernel(name):
    """A ball of 15 mm in 3 mm voxels against the kernel that reaches 100 mm, to 40 mm."""
    grid = Grid.from_spacing((41, 41, 41), spacing_mm=(3.0, 3.0, 3.0))
    line = 3.0 * (np.arange(41) - 20)
    distance = np.sqrt(line[:, None, None] ** 2 + line[:, None] ** 2 + line**2)
    values = np.where(distance < 15, 1e7, 0.0)
    engine = KernelConvolution()
    nuclide = get_nuclide(name)
    found = energy_mev(engine.compute(decays(values, grid), uniform_tissue(grid, "water"), nuclide))
    kernel = voxel_kernel(name, grid.spacing_mm, parts=PARTS, reach_mm=100.0)
    part, box = convolve(values, kernel.octant_mev)
    wanted = np.zeros(grid.shape)
    wanted[box] = part
    judged = distance < 40
    # where photons alone come their dose is smoothed over blocks of 6 mm: 4 % of it were found,
    # and 0.1 % of the greatest dose
    apart = np.abs(found - wanted)[judged]
    assert (apart < 0.05 * wanted[judged]).all()
    assert apart.max() < 2e-3 * wanted.max()
    assert found[judged].sum() == pytest.approx(wanted[judged].sum(), rel=3e-3)


def test_blocks_are_summed_and_spread_again():
    rng = np.random.default_rng(1)
    values = rng.random((7, 8, 9))
    sums = block_sums(values, (2, 3, 4))
    assert sums.shape == (4, 3, 3)
    assert sums.sum() == pytest.approx(values.sum())
    even = spread_linearly(np.full((4, 3, 3), 24.0), (7, 8, 9), (2, 3, 4))
    np.testing.assert_allclose(even, 1.0, rtol=1e-6)
    # a straight slope stays one between the outer blocks' centres
    slope = np.arange(4.0)[:, None, None] * np.ones((4, 1, 1))
    line = spread_linearly(slope, (8, 1, 1), (2, 1, 1))[:, 0, 0] * 2
    np.testing.assert_allclose(line[1:7], np.arange(1, 7) / 2 - 0.25, atol=1e-6)


def test_dose_is_energy_over_the_voxels_own_mass_or_waters():
    values = inner_source(2)
    dense = uniform_tissue(GRID, "soft-tissue", 1.25)
    water = ELECTRONS.compute(decays(values), WATER, RE188).dose.values
    own = ELECTRONS.compute(decays(values), dense, RE188)
    np.testing.assert_allclose(own.dose.values * 1.25, water, rtol=1e-6)
    plain = KernelConvolution(photons=False, density_correction=False)
    np.testing.assert_allclose(
        plain.compute(decays(values), dense, RE188).dose.values, water, rtol=1e-6
    )


def test_air_gets_no_dose_and_its_share_is_told():
    rho = np.ones(GRID.shape)
    rho[:, :, 11] = 0.0012
    values = np.zeros(GRID.shape)
    values[8, 10, 10:12] = 1.0, 3.0
    found = KernelConvolution(allow_lung=True).compute(decays(values), tissue_of(rho), RE188)
    np.testing.assert_array_equal(found.excluded, rho < 0.05)
    assert not found.dose.values[:, :, 11].any()
    assert found.excluded_energy_share == pytest.approx(0.75)


def test_near_lung_it_is_refused_unless_asked_for():
    rho = np.ones(GRID.shape)
    rho[:, :, :6] = 0.26  # 15 mm of lung
    values = np.zeros(GRID.shape)
    values[8, 10, 8] = 1.0  # 5 mm away
    with pytest.raises(InputError, match=r"lung.*monte-carlo") as refused:
        ELECTRONS.compute(decays(values), tissue_of(rho), RE188)
    assert "\n" not in str(refused.value)
    asked = KernelConvolution(allow_lung=True).compute(decays(values), tissue_of(rho), RE188)
    assert "WARNING" in asked.notes[0]
    # 1 % near lung is let pass, the rest lies 12 mm away or more
    values[8, 10, 8], values[8, 10, 11:14] = 0.9, 33.0
    assert "WARNING" not in ELECTRONS.compute(decays(values), tissue_of(rho), RE188).notes[0]
    values[8, 10, 8] = 1.2
    with pytest.raises(InputError, match="lung"):
        ELECTRONS.compute(decays(values), tissue_of(rho), RE188)


@given(seed=st.integers(0, 10_000), reach=st.floats(1.0, 14.0))
@settings(max_examples=20, deadline=None)
def test_the_share_near_lung_is_that_of_a_plain_search(seed, reach):
    rng = np.random.default_rng(seed)
    grid = Grid.from_spacing((6, 7, 8), spacing_mm=(4.0, 3.0, 2.5))
    values = rng.random(grid.shape) * (rng.random(grid.shape) < 0.2)
    rho = np.where(rng.random(grid.shape) < 0.03, 0.3, 1.0)
    values[3, 3, 3] = 1.0
    at = np.argwhere(values > 0)
    low = np.argwhere(rho < 0.6)
    near = 0.0
    for place in at:
        gaps = np.maximum(np.abs(low - place) - 0.5, 0.0) * np.array(grid.spacing_mm)
        if low.size and ((gaps**2).sum(axis=1) <= reach**2).any():
            near += values[tuple(place)]
    found = near_low_density_share(
        decays(values, grid),
        Volume(values=rho, grid=grid, quantity=Quantity.DENSITY_G_PER_CM3),
        reach_mm=reach,
    )
    assert found == pytest.approx(near / values.sum(), abs=1e-12)


class _Stop(Silent):
    def should_stop(self) -> bool:
        return True


def test_it_stops_when_asked_and_refuses_bad_input():
    values = inner_source(3)
    with pytest.raises(Interrupted):
        ELECTRONS.compute(decays(values), WATER, RE188, control=_Stop())
    other = Grid.from_spacing(GRID.shape, spacing_mm=(4.0, 3.0, 2.6))
    with pytest.raises(GridError):
        ELECTRONS.compute(decays(values, other), WATER, RE188)
    for bad in (values - 1e9, 0 * values):
        with pytest.raises(QuantityError, match="above 0"):
            ELECTRONS.compute(decays(bad), WATER, RE188)
    with pytest.raises(QuantityError):
        ELECTRONS.compute(WATER.density, WATER, RE188)
    with pytest.raises(NuclideError, match="Sm-153"):
        ELECTRONS.compute(decays(values), WATER, get_nuclide("Sm-153"))
    with pytest.raises(InputError):
        KernelConvolution(threads=0)
    with pytest.raises(GridError):
        convolve(np.ones((2, 2)), np.ones((1, 1, 1)))


def test_it_is_found_by_name():
    assert get_engine("kernel") == KernelConvolution()
