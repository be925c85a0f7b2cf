"""Moments of multiple scattering against direct integrals, and what the tables keep of them."""

import math

import numpy as np
import pytest
from numpy.polynomial.legendre import Legendre

from hevesy.media import deflection_moments_cm2_per_g, get_medium, legendre_polynomials
from hevesy.media.deflection import _elastic, _inelastic
from hevesy.transport import StepControl, electron_tables

CUTOFF_MEV = 0.02


def test_legendre_polynomials_are_numpys() -> None:
    x = np.linspace(-1, 1, 41)
    found = legendre_polynomials(x, 60)
    for order in (0, 1, 2, 17, 60):
        assert found[order] == pytest.approx(Legendre.basis(order)(x), abs=1e-9)
    assert legendre_polynomials(x, 0).shape == (1, 41)


@pytest.mark.parametrize("name", ["water", "cortical-bone"])
@pytest.mark.parametrize("energy", [0.05, 0.5, 2.0])
def test_moments_are_the_integrals_over_angles(name: str, energy: float) -> None:
    """Gauss and Legendre over ln of (1 - cos)/2, in 100 panels that end where soft losses do."""
    medium = get_medium(name)
    moments = deflection_moments_cm2_per_g(medium, energy, orders=30, cutoff_mev=CUTOFF_MEV)[0]
    # where soft collisions end: the integrand has a step there
    sine2 = (
        CUTOFF_MEV * (energy + 2 * 0.51099895) / (energy * (energy + 1.0219979 - CUTOFF_MEV))
        if energy / 2 > CUTOFF_MEV
        else 1.0
    )
    end = math.log(0.5 * (1 - math.sqrt(max(1 - sine2, 0))))
    nodes, weights = np.polynomial.legendre.leggauss(24)
    panels = np.array(sorted({*np.linspace(math.log(1e-10), 0.0, 100), end}))
    width = np.diff(panels)[:, None]
    log_half = (panels[:-1, None] + 0.5 * width * (1 + nodes)).ravel()
    weight = (0.5 * width * weights).ravel()
    half = np.exp(log_half)
    section = _elastic(medium, energy, half) + _inelastic(medium, energy, half, CUTOFF_MEV)
    for order in (1, 2, 10, 30):
        direct = np.sum(weight * section * half * (1 - Legendre.basis(order)(1 - 2 * half)))
        assert moments[order] == pytest.approx(direct, rel=2e-3)
    assert moments[0] == 0.0
    assert np.all(np.diff(moments) > 0)


def test_the_transport_mean_free_path_is_rutherfords() -> None:
    """Screened Rutherford scattering with Moliere's angle, in closed form, at 1 MeV in water: 8 %.

    Hydrogen's and oxygen's electrons as one more charge each; coarser than the tables, and apart
    from them.
    """
    energy, water = 1.0, get_medium("water")
    momentum2 = energy * (energy + 2 * 0.51099895)
    beta2 = momentum2 / (energy + 0.51099895) ** 2
    alpha = 1 / 137.036
    total = 0.0
    for z, atoms in water.atoms_per_g:
        chi2 = (alpha * 0.51099895) ** 2 * z ** (2 / 3) / (0.885**2 * momentum2)
        chi2 *= 1.13 + 3.76 * (alpha * z) ** 2 / beta2
        screening = chi2 / 4
        rutherford = 2 * math.pi * (z * alpha * 1.973269804e-11) ** 2 / (momentum2 * beta2)
        shape = math.log(1 + 1 / screening) - 1 / (1 + screening)
        total += atoms * rutherford * shape * (z + 1) / z
    found = deflection_moments_cm2_per_g(water, energy, orders=1, cutoff_mev=0.5)[0, 1]
    assert found == pytest.approx(total, rel=0.08)


@pytest.mark.parametrize("control", [StepControl(), StepControl(strength_high=0.02)])
def test_tables_keep_the_mean_deflection(control: StepControl) -> None:
    """The mean cosine of a bin is exp(-G_1), its shares are ordered, all between 0 and 1."""
    media = tuple(get_medium(name) for name in ("lung", "cortical-bone"))
    tables = electron_tables(media, control)
    wide, fine = tables.deflection[..., :127], tables.deflection[..., 128:]
    mean = (wide.sum(axis=-1) + fine.mean(axis=-1)) / 128
    assert 1 - 2 * mean == pytest.approx(np.exp(-tables.strength), abs=1e-12)
    drawn = np.concatenate([wide, fine], axis=-1)
    assert np.all(np.diff(drawn, axis=-1) >= -1e-11)
    assert drawn.min() > 0
    assert drawn.max() < 1


def test_tables_keep_the_second_moment() -> None:
    """exp(-G_2) from the drawn shares; averaging within a share costs under 0.1 %."""
    water, control = get_medium("water"), StepControl()
    tables = electron_tables((water,), control)
    for b in (0, 10, len(tables.edge_mev) - 3):
        high, low = tables.edge_mev[b], tables.edge_mev[b + 1]
        energies = np.linspace(low, high, 9)
        moments = deflection_moments_cm2_per_g(
            water, energies, orders=2, cutoff_mev=control.hard_loss_mev
        )
        ratio = float((moments[:, 2] / moments[:, 1]).mean())
        second = math.exp(-ratio * tables.strength[0, b])
        half = tables.deflection[0, b]
        p2 = 1 - 6 * half * (1 - half)
        found = (p2[:127].sum() + p2[128:].mean()) / 128
        assert found == pytest.approx(second, abs=2e-3)
