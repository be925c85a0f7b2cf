"""How electrons lose energy: ESTAR, and closed forms against numerical integrals."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.errors import InputError
from hevesy.media import (
    ELECTRON_MASS_MEV,
    MEDIA,
    Medium,
    collision_stopping_power_mev_cm2_per_g,
    csda_range_g_per_cm2,
    density_effect_correction,
    get_medium,
    moller_cross_section_cm2_per_g,
    radiative_stopping_power_mev_cm2_per_g,
    soft_straggling_mev2_cm2_per_g,
)

# ESTAR's own I; the engine's water has 78 eV (ICRU 90)
WATER = replace(get_medium("water"), mean_excitation_energy_ev=75.0)
# Collision stopping powers, MeV cm2/g, four digits: NIST Standard Reference Database 124 (ESTAR),
# liquid water (I = 75 eV) and dry air near sea level (85.7 eV)
ESTAR_WATER = {
    0.010: 22.56, 0.015: 16.47, 0.020: 13.17, 0.030: 9.653, 0.040: 7.777, 0.050: 6.603,
    0.060: 5.797, 0.080: 4.757, 0.100: 4.115, 0.150: 3.238, 0.200: 2.793, 0.300: 2.355,
    0.400: 2.148, 0.500: 2.034, 0.600: 1.963, 0.800: 1.886, 1.000: 1.849, 1.500: 1.822,
    2.000: 1.824, 3.000: 1.846,
}  # fmt: skip
ESTAR_AIR = {
    0.010: 19.75, 0.020: 11.57, 0.050: 5.819, 0.100: 3.633, 0.200: 2.470, 0.500: 1.802,
    1.000: 1.661, 2.000: 1.684, 3.000: 1.740,
}  # fmt: skip


@pytest.mark.parametrize(
    ("medium", "table"), [(WATER, ESTAR_WATER), (get_medium("air"), ESTAR_AIR)]
)
def test_collision_stopping_power_is_estars(medium: Medium, table: dict[float, float]) -> None:
    """0.05 %: the table's rounding. The project asks for 1 %."""
    found = collision_stopping_power_mev_cm2_per_g(medium, list(table))
    assert found == pytest.approx(np.array(list(table.values())), rel=5e-4)


def test_ranges_and_density_effect_are_estars() -> None:
    # ESTAR: CSDA range of 0.01431 g/cm2 at 0.1 MeV (radiation shortens it by 0.05 %), 0.4367 at
    # 1 MeV (0.4 %); delta of water at 1 MeV 0.2428
    assert float(csda_range_g_per_cm2(WATER, 0.1)) == pytest.approx(0.01431, rel=1.5e-3)
    assert float(csda_range_g_per_cm2(WATER, 1.0)) == pytest.approx(0.4367, rel=5e-3)
    assert float(density_effect_correction(WATER, 1.0)) == pytest.approx(0.2428, abs=2e-4)
    assert float(density_effect_correction(WATER, 0.1)) == 0.0
    energies = np.geomspace(0.01, 3.0, 30)
    for medium in MEDIA:
        delta = density_effect_correction(medium, energies)
        assert np.all(np.diff(delta) >= 0)
        assert np.all(delta >= 0)


def test_the_density_effect_is_weak_in_thin_media() -> None:
    thin = replace(WATER, density_g_per_cm3=1e-3)
    assert density_effect_correction(thin, 1.0) < density_effect_correction(WATER, 1.0)


def moller_per_mev(medium: Medium, energy: float, loss: float) -> float:
    """Moller's cross section, written as in ICRU 37, eq. 2.4: MeV^-1 cm2/g."""
    gamma = energy / ELECTRON_MASS_MEV + 1
    beta2 = 1 - gamma**-2
    e = loss / energy
    bracket = (
        1 / e**2 + 1 / (1 - e) ** 2 + ((gamma - 1) / gamma) ** 2
        - (2 * gamma - 1) / gamma**2 / (e * (1 - e))
    )  # fmt: skip
    two_pi_r2_m = 2 * np.pi * 2.8179403262e-13**2 * ELECTRON_MASS_MEV
    return float(two_pi_r2_m * medium.electrons_per_g / beta2 / energy**2 * bracket)


@pytest.mark.parametrize("energy", [0.05, 0.2, 0.7, 2.5])
@pytest.mark.parametrize("name", ["lung", "cortical-bone"])
def test_moller_moments_are_the_integrals(energy: float, name: str) -> None:
    medium, cutoff = get_medium(name), 0.02
    hard = quad(lambda w: moller_per_mev(medium, energy, w), cutoff, energy / 2, epsrel=1e-10)[0]
    assert moller_cross_section_cm2_per_g(medium, energy, cutoff) == pytest.approx(hard, rel=1e-7)
    variance = quad(
        lambda w: w**2 * moller_per_mev(medium, energy, w), 0, cutoff, epsrel=1e-10
    )[0]  # fmt: skip
    found = soft_straggling_mev2_cm2_per_g(medium, energy, cutoff)
    assert found == pytest.approx(variance, rel=1e-7)
    # what the hard collisions carry is just what the restricted stopping power leaves out
    carried = quad(
        lambda w: w * moller_per_mev(medium, energy, w), cutoff, energy / 2, epsrel=1e-10
    )[0]  # fmt: skip
    whole = collision_stopping_power_mev_cm2_per_g(medium, energy)
    soft = collision_stopping_power_mev_cm2_per_g(medium, energy, cutoff_mev=cutoff)
    assert float(whole - soft) == pytest.approx(carried, rel=1e-6)


def test_no_hard_collisions_below_twice_the_cutoff() -> None:
    water = get_medium("water")
    assert moller_cross_section_cm2_per_g(water, 0.04, 0.02) == pytest.approx(0.0, abs=1e-12)
    whole = collision_stopping_power_mev_cm2_per_g(water, 0.03)
    restricted = collision_stopping_power_mev_cm2_per_g(water, 0.03, cutoff_mev=0.02)
    assert float(restricted) == pytest.approx(float(whole), rel=1e-12)


def test_radiative_losses_are_small_in_tissue() -> None:
    water = get_medium("water")
    share = radiative_stopping_power_mev_cm2_per_g(water, 1.0) / (
        collision_stopping_power_mev_cm2_per_g(water, 1.0)
    )
    assert float(share) == pytest.approx(0.00691, rel=0.01)  # ESTAR: 1.280e-2 over 1.849


def test_too_slow_electrons_are_refused() -> None:
    with pytest.raises(InputError, match="Bethe"):
        collision_stopping_power_mev_cm2_per_g(WATER, [0.5, 0.0005])
