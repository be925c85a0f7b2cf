"""A point source in endless water: closure, threads, kernels' Python reading, step lengths."""

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.media import get_medium
from hevesy.nuclides import get_nuclide
from hevesy.transport import radial_kernels as kernels
from hevesy.transport.electron_tables import StepControl, electron_tables
from hevesy.transport.emission import emission_of, spectra_table
from hevesy.transport.point_source import (
    POINT_SOURCE_STEPS,
    _rays,
    simulate_point_source,
)

RADII = np.concatenate([np.linspace(0, 12, 61), [30.0, 100.0, 300.0]])


@pytest.mark.parametrize("name", ["Re-188", "I-131", "P-32"])
def test_what_was_emitted_was_deposited_or_went_beyond(name):
    nuclide = get_nuclide(name)
    found = simulate_point_source(nuclide, RADII, histories=6400, photons=3200, batches=4)
    inside = found.electrons_mev[-1] + found.bremsstrahlung_mev[-1] + found.photons_mev[-1]
    assert inside + found.beyond_mev == pytest.approx(found.emitted_mev, rel=1e-12)
    # emitted energy is drawn: of 6400 electrons on a lattice within 0.5 %
    whole = nuclide.electron_energy_mev + nuclide.photon_energy_mev
    assert found.emitted_mev == pytest.approx(whole, rel=5e-3)
    for curve in (found.electrons_mev, found.bremsstrahlung_mev, found.photons_mev):
        assert np.diff(curve).min() >= 0


def test_one_thread_and_two_give_the_same_bits():
    nuclide = get_nuclide("Re-188")
    runs = [
        simulate_point_source(nuclide, RADII, histories=1600, photons=400, seed=7, threads=n)
        for n in (1, 2)
    ]
    for name in ("electrons_mev", "bremsstrahlung_mev", "photons_mev", "electrons_sigma_mev"):
        np.testing.assert_array_equal(getattr(runs[0], name), getattr(runs[1], name))
    other = simulate_point_source(nuclide, RADII, histories=1600, photons=400, seed=8)
    assert not np.array_equal(other.electrons_mev, runs[0].electrons_mev)


def _arguments(seed=3):
    water = get_medium("water")
    emission = emission_of(get_nuclide("Re-188"))
    tables = electron_tables((water,), POINT_SOURCE_STEPS)
    return (
        np.uint64(seed), np.uint64(0), spectra_table(emission), tables, _rays(water, 1.0), 0.005,
        RADII / 10,
    )  # fmt: skip


def test_compiled_kernels_and_their_python_reading_agree():
    tallies = []
    for run in (kernels.radial_electron_batch, kernels.radial_electron_batch.py_func):
        direct, radiated, ledger = np.zeros(65), np.zeros(65), np.zeros(3)
        emitted = run(20, *_arguments(), direct, radiated, ledger)
        assert direct.sum() + radiated.sum() + ledger[1] == pytest.approx(emitted, rel=1e-12)
        tallies.append(direct)
    np.testing.assert_allclose(*tallies, rtol=1e-12)
    tallies = []
    for run in (kernels.radial_photon_batch, kernels.radial_photon_batch.py_func):
        tally, ledger = np.zeros(65), np.zeros(3)
        emitted = run(20, *_arguments(), tally, ledger)
        assert tally.sum() + ledger[1] == pytest.approx(emitted, rel=1e-12)
        tallies.append(tally)
    np.testing.assert_allclose(*tallies, rtol=1e-12)


def test_the_inner_loop_and_its_python_reading_agree():
    _, _, _, tables, _, _, radii = _arguments()
    found = []
    for follow in (kernels._follow, kernels._follow.py_func):
        stack, photons = np.zeros((64, 7)), np.zeros((64, 7))
        stack[0] = 1.2, 0, 0, 0, 0, 0, 1
        state, tally = np.array([5], dtype=np.uint64), np.zeros(65)
        with np.errstate(over="ignore"):
            count, made = follow(stack, 0, state, tables, 1.0, 0.0, radii, tally, photons, 0)
        left = stack[:count, 0].sum() + photons[:made, 0].sum()
        assert tally.sum() + left == pytest.approx(1.2, rel=1e-12)
        found.append(tally)
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_shorter_steps_change_nothing():
    """X50 and X90 with steps of a quarter of the default's strength; 0.2 % of the energy."""
    nuclide = get_nuclide("Y-90")
    curves = [
        simulate_point_source(nuclide, RADII, histories=160_000, steps=steps).electrons_mev
        for steps in (
            StepControl(tolerance_mm=0.002),
            StepControl(strength_high=0.025, strength_low=0.075, tolerance_mm=0.002),
        )
    ]
    assert np.abs(curves[0] - curves[1]).max() < 2.5e-3 * curves[1][-1]


def test_bad_input_is_refused():
    nuclide = get_nuclide("Y-90")
    for radii in ([1.0, 2.0], [0.0], [0.0, 2.0, 1.0]):
        with pytest.raises(InputError, match="radii"):
            simulate_point_source(nuclide, radii, histories=1000)
    with pytest.raises(InputError, match="too few"):
        simulate_point_source(nuclide, RADII, histories=10)
    with pytest.raises(InputError, match="too few"):
        simulate_point_source(nuclide, RADII, histories=1000, photons=3)
