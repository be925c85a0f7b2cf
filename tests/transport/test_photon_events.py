"""Single events of photons against numerical integrals of their formulae."""

import math

import numpy as np
import pytest

from hevesy.media import form_factor_squared, get_medium, scattering_function
from hevesy.transport.photon_sampling_kernels import (
    draw_azimuth,
    sample_annihilation,
    sample_compton,
    sample_pair_cosine,
    sample_photoelectron_cosine,
    sample_rayleigh_cosine,
    turn,
)
from tests.transport.photon_runs import assert_mean, stream, tables_of

MASS_MEV = 0.51099895
ANGSTROM_MEV = 12.39842e-3


def cosines() -> tuple[np.ndarray, np.ndarray]:
    """Midpoints of cosines in equal steps of sin(theta/2), which x goes with, and their weights."""
    half_sine = (np.arange(100_000) + 0.5) / 100_000
    return 1 - 2 * half_sine**2, half_sine


@pytest.mark.parametrize("name", ["water", "cortical-bone"])
@pytest.mark.parametrize("energy_mev", [0.01, 0.06, 0.2, 0.633, 2.0])
def test_compton_moments_are_the_integrals(energy_mev: float, name: str) -> None:
    """Mean and mean square of energy and cosine, against KN times S."""
    medium, count = get_medium(name), 40_000
    tables, state = tables_of(name), stream()
    draws = np.array([
        sample_compton(state, energy_mev, 0, tables.scatter) for _ in range(count)
    ])  # fmt: skip
    cosine, weight = cosines()
    left = 1 / (1 + energy_mev / MASS_MEV * (1 - cosine))
    x = energy_mev / ANGSTROM_MEV * np.sqrt((1 - cosine) / 2)
    density = weight * left**2 * (left + 1 / left - 1 + cosine**2) * scattering_function(medium, x)
    density /= density.sum()
    for power in (1, 2):
        assert_mean((draws[:, 0] / energy_mev) ** power, float(np.sum(density * left**power)))
        # the table of S has steps of 0.002 in x / (1 + x)
        assert_mean(draws[:, 1] ** power, float(np.sum(density * cosine**power)), systematic=2e-4)
    assert draws[:, 0] == pytest.approx(
        energy_mev / (1 + energy_mev / MASS_MEV * (1 - draws[:, 1])), rel=1e-9
    )


@pytest.mark.parametrize("name", ["water", "cortical-bone"])
@pytest.mark.parametrize("energy_mev", [0.005, 0.02, 0.06, 0.2])
def test_rayleigh_moments_are_the_integrals(energy_mev: float, name: str) -> None:
    medium, count = get_medium(name), 40_000
    tables, state = tables_of(name), stream()
    draws = np.array([
        sample_rayleigh_cosine(state, energy_mev, 0, tables.rayleigh_x2, tables.rayleigh_area)
        for _ in range(count)
    ])  # fmt: skip
    cosine, weight = cosines()
    x = energy_mev / ANGSTROM_MEV * np.sqrt((1 - cosine) / 2)
    density = weight * (1 + cosine**2) * form_factor_squared(medium, x)
    density /= density.sum()
    for power in (1, 2):
        assert_mean(draws**power, float(np.sum(density * cosine**power)), systematic=5e-4)


@pytest.mark.parametrize("energy_mev", [0.01, 0.1, 1.0])
def test_photoelectrons_follow_sauter(energy_mev: float) -> None:
    gamma = 1 + energy_mev / MASS_MEV
    beta = math.sqrt(1 - gamma**-2)
    cosine, weight = np.polynomial.legendre.leggauss(400)
    density = (1 - cosine**2) / (1 - beta * cosine) ** 4
    density *= 1 + 0.5 * gamma * (gamma - 1) * (gamma - 2) * (1 - beta * cosine)
    density *= weight / np.sum(weight * density)
    state = stream()
    draws = np.array([sample_photoelectron_cosine(state, energy_mev) for _ in range(40_000)])
    for power in (1, 2):
        assert_mean(draws**power, float(np.sum(density * cosine**power)))


def test_pair_electrons_go_forward() -> None:
    state = stream()
    draws = np.array([sample_pair_cosine(state, 1.0) for _ in range(20_000)])
    beta = math.sqrt(1 - (1 + 1.0 / MASS_MEV) ** -2)
    mean = 1 / beta - (1 - beta**2) / (2 * beta**2) * math.log((1 + beta) / (1 - beta))
    assert_mean(draws, mean)


def test_a_turn_keeps_angles() -> None:
    rng = np.random.default_rng(1)
    for axis in (*rng.normal(size=(50, 3)), (0, 0, 1), (0, 0, -1), (1e-9, 0, -1), (1e-5, 0, 1)):
        u = np.array(axis) / np.linalg.norm(axis)
        cosine, azimuth = rng.uniform(-1, 1), rng.uniform(0, 2 * math.pi)
        v = np.array(turn(*u, cosine, math.cos(azimuth), math.sin(azimuth)))
        assert v @ v == pytest.approx(1.0, abs=1e-14)
        assert u @ v == pytest.approx(cosine, abs=1e-8)
        opposite = np.array(turn(*u, cosine, -math.cos(azimuth), -math.sin(azimuth)))
        assert v + opposite == pytest.approx(2 * cosine * u, abs=1e-8)


def test_azimuths_are_uniform() -> None:
    state = stream()
    draws = np.array([draw_azimuth(state) for _ in range(40_000)])
    angle = np.arctan2(draws[:, 1], draws[:, 0])
    assert (draws**2).sum(axis=1) == pytest.approx(1.0, abs=1e-12)
    for order in (1, 2, 3, 4):
        assert_mean(np.cos(order * angle), 0.0)
        assert_mean(np.sin(order * angle), 0.0)


def test_annihilation_is_isotropic() -> None:
    state = stream()
    draws = np.array([sample_annihilation(state) for _ in range(20_000)])
    for axis in range(3):
        assert_mean(draws[:, axis], 0.0)
        assert_mean(draws[:, axis] ** 2, 1 / 3)
