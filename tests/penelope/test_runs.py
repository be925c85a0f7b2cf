"""PENELOPE itself, where pyPenred is installed: axes, energy, published references."""

import csv
from pathlib import Path

import numpy as np
import pytest

from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap, get_medium, uniform_tissue
from hevesy.nuclides import get_nuclide
from hevesy.penelope import (
    Penelope,
    Spectrum,
    TransportOptions,
    electron_spectrum,
    has_penelope,
    run_penelope,
)

pytestmark = pytest.mark.skipif(
    not has_penelope(), reason="pyPenred is not installed: pip install 'hevesy[penelope]'"
)

FAST = TransportOptions(
    elastic_c1=0.1, elastic_c2=0.1, electron_cutoff_ev=5e4, hard_collision_ev=1e4
)
REFERENCE = Path("/work/shared/reference/montecarlo/voxel_s_y90_water.csv")
WATER = [get_medium("water")]
MEV_TO_GY_G = 1.602176634e-10


def line(energy_mev):
    return Spectrum.from_parts(lines=[(energy_mev, 1.0)])


def water_run(source, spacing_mm, spectrum, histories, **more):
    return run_penelope(
        np.ones(source.shape), np.zeros(source.shape, int), WATER, spacing_mm=spacing_mm,
        source=source, spectrum=spectrum, histories=histories, **{"options": FAST, **more},
    )  # fmt: skip


def test_the_dose_is_where_the_source_is_and_energy_is_kept():
    source = np.zeros((5, 7, 9))
    source[1, 2, 6] = 1.0
    run = water_run(source, (6.0, 4.0, 3.0), line(0.5), 20_000)
    assert np.unravel_index(run.energy_mev.argmax(), source.shape) == (1, 2, 6)
    assert run.energy_mev.sum() == pytest.approx(run.deposited_mev, rel=1e-6)
    assert run.deposited_mev == pytest.approx(0.5, rel=5e-3)  # 0.2 % goes as bremsstrahlung
    assert run.deposited_mev < 0.5
    # More energy leaves through the nearer walls: x (3 mm) before y (4 mm) before z (6 mm).
    z, y, x = (run.energy_mev[i] for i in ((2, 2, 6), (1, 3, 6), (1, 2, 7)))
    assert z < y < x
    assert run.histories_per_cpu_s > 1000


def test_a_material_has_the_uncertainty_of_its_sum():
    source = np.zeros((3, 3, 3))
    source[1, 1, 1] = 1.0
    # All stays within 9 mm of water; energies of 0.1 and 0.3 MeV differ by 0.1 from their mean.
    both = Spectrum.from_parts(lines=[(0.1, 1.0), (0.3, 1.0)])
    run = water_run(source, (3.0, 3.0, 3.0), both, 10_000)
    assert run.material_energy_mev.shape == (1,)
    assert run.material_energy_mev[0] == pytest.approx(run.energy_mev.sum(), rel=1e-6)
    assert run.material_sigma_mev[0] == pytest.approx(0.1 / np.sqrt(10_000), rel=0.02)


def test_a_large_even_source_is_born_in_its_material_alone():
    shape = (24, 25, 30)
    labels = np.zeros(shape, dtype=int)
    labels[:, :, 10:] = 1
    labels[:3] = 1
    decays = np.zeros(shape)
    decays[labels == 1] = 7.0
    decays[20:, :, :] = 0.0
    labels[20:, :, :] = 0
    run = run_penelope(
        np.where(labels == 0, 0.9, 1.1), labels, [get_medium("water"), get_medium("soft-tissue")],
        spacing_mm=(6.0, 4.0, 2.0), source=decays, spectrum=line(0.02), histories=60_000,
        options=FAST,
    )  # fmt: skip
    # Under the cut-off: energy lies where it was born.
    found = run.energy_mev / run.energy_mev.sum()
    assert found[decays == 0].sum() == 0
    wanted = decays / decays.sum()
    for axes in ((0, 1), (0, 2), (1, 2)):
        error = 5.0 * np.sqrt(wanted.sum(axis=axes).max() / 60_000)
        np.testing.assert_allclose(found.sum(axis=axes), wanted.sum(axis=axes), atol=error)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    source = np.zeros((3, 3, 3))
    source[1, 1, 1] = 1.0
    first, again, other = (
        water_run(source, (3.0, 3.0, 3.0), line(0.5), 2000, seed=seed) for seed in (5, 5, 6)
    )
    assert np.array_equal(first.energy_mev, again.energy_mev)
    assert not np.array_equal(first.energy_mev, other.energy_mev)


def test_a_mirrored_interface_gives_the_mirrored_dose():
    labels = np.zeros((7, 7, 8), dtype=int)
    labels[:, :, 4:] = 1
    media = [get_medium("soft-tissue"), get_medium("lung")]
    density = np.where(labels == 0, 1.06, 0.26)
    source = np.zeros(labels.shape)
    source[2:5, 2:5, 3] = 1.0
    spectrum = electron_spectrum(get_nuclide("Re-188"))
    runs = [
        run_penelope(
            density[:, :, ::step], labels[:, :, ::step], media, spacing_mm=(4.0, 4.0, 4.0),
            source=source[:, :, ::step], spectrum=spectrum, histories=40_000, options=FAST,
            seed=7 + step,
        )
        for step in (1, -1)
    ]  # fmt: skip
    profile, mirrored = (run.energy_mev.sum(axis=(0, 1)) for run in runs)
    sigma = np.sqrt(sum((run.sigma_mev**2).sum(axis=(0, 1)) for run in (runs[0],)))
    pull = (profile - mirrored[::-1]) / (2.0 * np.maximum(sigma, 1e-6))
    assert abs(pull[profile > 0.01 * profile.max()]).max() < 3.5
    assert profile[5] < 0.5 * profile[3]


@pytest.mark.slow
@pytest.mark.skipif(not REFERENCE.exists(), reason="the shared reference is not here")
def test_90y_voxel_values_in_water_come_back():
    table = {}
    with REFERENCE.open() as file:
        for row in csv.DictReader(file):
            if float(row["voxel_mm"]) == 3.0:
                offset = tuple(int(row[a]) for a in "ijk")
                table[offset] = float(row["S_beta_mGy_per_MBq_s"]), float(row["sigma_beta"])
    source = np.zeros((9, 9, 9))
    source[4, 4, 4] = 1.0
    betas = electron_spectrum(get_nuclide("Y-90"), lines=False)
    run = water_run(source, (3.0, 3.0, 3.0), betas, 150_000, options=TransportOptions())
    at = np.abs(np.indices(source.shape) - 4)
    sorted_at = np.sort(at, axis=0)[::-1]
    for offset in ((0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1), (2, 0, 0)):
        same = (sorted_at == np.array(offset)[:, None, None, None]).all(axis=0)
        # mGy per MBq s = 1e-9 Gy per decay; a voxel of water holds 0.027 g.
        measured = run.energy_mev[same].mean() * MEV_TO_GY_G / 0.027 * 1e9
        sigma = np.sqrt((run.sigma_mev[same] ** 2).sum()) / same.sum() * MEV_TO_GY_G / 0.027 * 1e9
        reference, reference_sigma = table[offset]
        allowed = 0.005 * reference + 3.5 * np.hypot(sigma, reference_sigma)
        assert abs(measured * betas.particles_per_decay - reference) < allowed, offset


def test_the_engine_gives_gray_for_the_decays():
    grid = Grid.from_spacing((13, 13, 13), spacing_mm=(5.0, 5.0, 5.0))
    decays = np.zeros(grid.shape)
    decays[5:8, 5:8, 5:8] = 1e9
    tia = Volume(values=decays, grid=grid, quantity=Quantity.BQ_S)
    tissue = uniform_tissue(grid, "soft-tissue")
    nuclide = get_nuclide("Re-188")
    engine = Penelope(histories=30_000, photon_histories=20_000, transport=FAST)
    found = engine.compute_runs(tia, tissue, nuclide)
    mass_kg = 1.06e-3 * 0.125
    energy_mev = found.dose_map.dose.values.sum() * mass_kg / 1.602176634e-13 / decays.sum()
    # All electrons stay (0.3 % bremsstrahlung), and a part of the photons.
    assert nuclide.electron_energy_mev * 0.99 < energy_mev
    assert energy_mev < nuclide.electron_energy_mev + nuclide.photon_energy_mev
    relative = found.dose_map.relative_uncertainty
    assert relative is not None
    assert relative.quantity is Quantity.RELATIVE
    assert 0 < relative.values[6, 6, 6] < 0.05
    assert found.electrons is not None
    assert found.electrons.energy_mev.shape < found.photons.energy_mev.shape
    assert any("primary electrons" in note for note in found.dose_map.notes)
    done = found.dose_map.statistics
    assert done is not None
    assert (done.histories, done.photons) == (30_000, 20_000)
    assert 0 < done.precision < 0.05


def test_a_source_in_the_corner_of_an_image_is_no_error():
    grid = Grid.from_spacing((3, 4, 5), spacing_mm=(3.0, 3.0, 3.0))
    decays = np.zeros(grid.shape)
    decays[0, 0, 0] = 1e6
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[:, :, 2:] = 1
    rho = np.where(labels == 0, 0.26, 1.06)
    tissue = TissueMap(
        density=Volume(values=rho, grid=grid, quantity=Quantity.DENSITY_G_PER_CM3),
        labels=labels,
        media=(get_medium("lung"), get_medium("soft-tissue")),
    )
    tia = Volume(values=decays, grid=grid, quantity=Quantity.BQ_S)
    engine = Penelope(histories=2000, photon_histories=0, transport=FAST)
    dose = engine.compute(tia, tissue, get_nuclide("Y-90")).dose.values
    assert dose.argmax() == 0


def small_case():
    grid = Grid.from_spacing((7, 7, 7), spacing_mm=(5.0, 5.0, 5.0))
    decays = np.zeros(grid.shape)
    decays[3, 3, 3] = 1e9
    tia = Volume(values=decays, grid=grid, quantity=Quantity.BQ_S)
    return tia, uniform_tissue(grid, "water"), get_nuclide("Y-90")


def test_batches_go_on_until_the_precision_is_reached():
    """Uncertainty falls with the root of the histories; the mean is that of the batches."""
    given = {"histories": 1000, "photon_histories": 0, "transport": FAST}
    once = Penelope(**given).compute(*small_case())
    goal = 0.6 * once.statistics.precision
    found = Penelope(**given, precision=goal).compute(*small_case())
    done = found.statistics
    assert done.precision <= goal
    assert not done.stopped
    assert 2 <= done.batches <= 5  # 1 / 0.36 = 2.8
    assert done.histories == 1000 * done.batches
    assert done.precision == pytest.approx(
        once.statistics.precision / np.sqrt(done.batches), rel=0.25
    )
    each = [
        Penelope(**given, seed=n).compute(*small_case()).dose.values[3, 3, 3]
        for n in range(done.batches)
    ]
    assert found.dose.values[3, 3, 3] == pytest.approx(np.mean(each), rel=1e-5)


def test_time_that_is_up_ends_it_at_a_batchs_border():
    answers = iter([False, True])
    engine = Penelope(histories=500, photon_histories=0, transport=FAST, precision=1e-5)
    done = engine.compute(*small_case(), time_is_up=lambda: next(answers)).statistics
    assert done.stopped
    assert (done.batches, done.histories) == (2, 1000)
    assert done.precision > 1e-5
